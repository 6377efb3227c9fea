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
  /** The ledger of one send. */
  ledger(sendId: SendId): string;
  /** The record of an idempotency key. */
  idempotency(messageId: MessageId): string;
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
    ledger: (sendId) => `${tag}:ledger:${sendId}`,
    idempotency: (messageId) => `${tag}:idempotency:${messageId}`,
  };
}
