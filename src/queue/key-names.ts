import type { MessageId, SendId } from '../mail/ids.ts';

/**
 * Every key we use in Redis, in one place. All names of a shard carry its hash tag, so that on Redis
 * Cluster its scripts and transactions stay in one slot; a second shard is another set of names.
 */
export interface KeyNames {
  /** The `prefix` option of BullMQ for this shard. */
  readonly bullPrefix: string;
  /** Name of the BullMQ queue of sends. */
  readonly sendQueue: string;
  /** Stream of outcome events. */
  readonly outcomes: string;
  /** Hash of held sends: send id to job data. */
  readonly held: string;
  /** The stored content of a message. */
  content(contentKey: string): string;
  /** What is fixed once per message: mode, date, selectors. */
  frozen(messageId: MessageId): string;
  /** What is kept of what DNS says of a domain. */
  domainFacts(name: string): string;
  /** That a recipient provider refused `on-behalf` from a domain by policy. */
  policyRefusal(fromDomain: string, provider: string): string;
  /** Hash of held sends whose release has begun: send id to the job that is to be enqueued. */
  readonly releasing: string;
  /** Hash of what held sends keep from expiring: how many need a key, and until when it was needed. */
  readonly heldNeeds: string;
  /** Begin of the names of the buckets that keep how sends ended. */
  readonly ledgerEnds: string;
  /** Sorted set of the hours that have such buckets, by when the last of them expires. */
  readonly ledgerHours: string;
  /** Sorted set of live workers, by when they count as dead. */
  readonly workers: string;
  /** Hash of what live workers say of themselves. */
  readonly workerNotes: string;
  /** BullMQ's key of the job of a send. */
  job(sendId: SendId): string;
  /** The ledger of one send in flight. */
  ledger(sendId: SendId): string;
  /** The last events of a send in flight. */
  attempts(sendId: SendId): string;
  /** Why the job of a send was put off without an attempt. */
  waitNote(sendId: SendId): string;
  /** The record of an idempotency key. */
  idempotency(messageId: MessageId): string;
  /** What the names of all keys of the limits begin with (`limit-scripts.ts`). */
  readonly limits: string;
  /** Mails that went out on behalf of a domain on one day, as `2026-11-23`. */
  dailyCount(fromDomain: string, day: string): string;
  /**
   * Hash about the mirror of the suppression list. Names that begin so are those of its buckets, and
   * of the changes made while it is rebuilt (`suppression-scripts.ts`).
   */
  readonly suppressed: string;
  /** Hash of the breakers that have tripped, and how often that changed. */
  readonly breakers: string;
  /** What a breaker counts, by its name. */
  feedbackCounts(breaker: string): string;
  /** That a complaint was counted, by the id of its notice. */
  countedNotice(noticeId: string): string;
  /** Set of the suppression lists that are no longer used, until their keys are gone. */
  readonly suppressedBefore: string;
}

/**
 * The key names of a shard.
 *
 * @param prefix tells several installations on one Redis apart; default `onbehalf`
 * @param shard number of the shard; default 0, the only one today
 */
export function keyNames(prefix = 'onbehalf', shard = 0): KeyNames {
  const tag = `{${prefix}:${shard}}`;
  return {
    bullPrefix: tag,
    sendQueue: 'send',
    outcomes: `${tag}:outcomes`,
    held: `${tag}:held`,
    content: (contentKey) => `${tag}:content:${contentKey}`,
    frozen: (messageId) => `${tag}:frozen:${messageId}`,
    domainFacts: (name) => `${tag}:domain-facts:${name}`,
    policyRefusal: (fromDomain, provider) => `${tag}:policy-refusal:${fromDomain}:${provider}`,
    releasing: `${tag}:releasing`,
    heldNeeds: `${tag}:held-needs`,
    ledgerEnds: `${tag}:ends`,
    ledgerHours: `${tag}:ends-hours`,
    workers: `${tag}:workers`,
    workerNotes: `${tag}:worker-notes`,
    job: (sendId) => `${tag}:send:${sendId}`,
    ledger: (sendId) => `${tag}:ledger:${sendId}`,
    attempts: (sendId) => `${tag}:attempts:${sendId}`,
    waitNote: (sendId) => `${tag}:wait-note:${sendId}`,
    idempotency: (messageId) => `${tag}:idempotency:${messageId}`,
    limits: `${tag}:limits`,
    dailyCount: (fromDomain, day) => `${tag}:daily-count:${fromDomain}:${day}`,
    suppressed: `${tag}:suppressed`,
    suppressedBefore: `${tag}:suppressed-before`,
    breakers: `${tag}:breakers`,
    feedbackCounts: (breaker) => `${tag}:feedback:${breaker}`,
    countedNotice: (noticeId) => `${tag}:counted-notice:${noticeId}`,
  };
}
