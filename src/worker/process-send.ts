import { classifyAttempt } from '../bounces/classify-attempt.ts';
import { isFinal } from '../mail/kinds.ts';
import type { Admission, KnownOfSend } from '../queue/admit.ts';
import { breakerText, type TrippedBreaker } from '../queue/breakers.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { LedgerEntry } from '../queue/ledger.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { MirroredSuppression } from '../queue/suppression-mirror.ts';
import { suppressionText } from '../queue/suppression-text.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { chooseMasking, maskedAgain } from './choose-masking.ts';
import { deliver, type PreparedSend } from './deliver.ts';
import { endAttempt, record } from './record-attempt.ts';
import type { Disposition, SendContext } from './send-context.ts';

/*
 * What is done with one send, each time its job is taken:
 *
 *   1. ask the ledger, the content and the frozen facts at once. Final or held already? Then only the
 *      job ends.
 *   2. an attempt whose body was begun and whose end nobody wrote? Its process died: uncertain.
 *      That is recorded as the end of that attempt; what follows is decided as for any attempt.
 *   3. not yet time? Expired? Active in three processes that died? Then that, without an attempt.
 *   4. its recipient is suppressed? Then it ends so, also after attempts: what was uncertain of them is
 *      kept with the end.
 *      A breaker holds the mail of its sender or campaign? Later, without an attempt.
 *   5. freeze what is fixed once per message, the mode above all. A mode that was asked for and cannot
 *      pass rejects the send; DNS that does not answer is waited for.
 *   6. deliver it (deliver.ts). Between 354 and the first byte the ledger notes that the body begins;
 *      when it refuses (another worker has this attempt), not a byte is sent.
 *   7. record the end of each attempt together with its event, in one script, then end the job or
 *      name the time of its next attempt.
 *
 * What fails the same way each time (content unreadable, cannot be rendered or signed) holds the send,
 * and somebody is told. A crash between any two steps leaves either nothing behind or an open attempt,
 * which is step 2. Exceptions leave this function only for trouble of our own (Redis away, a bug).
 */

/** A job that was active in this many processes that died is held: it may be what kills them. */
const crashesMax = 3;

/** Deals with a send once. */
export async function processSend(
  context: SendContext,
  job: SendJob,
  crashes: number,
): Promise<Disposition> {
  const { clock } = context;
  const admission = context.admissions.admit(job);
  const known = await admission.known;
  const { entry } = known;
  if (isFinal(entry.state) || entry.state === 'held') return { kind: 'done', state: entry.state };
  if (entry.openSince !== undefined) return endOpenAttempt(context, job, entry);
  const attempt = entry.attempt + 1;
  const now = clock.now();
  if (now >= job.expiresAt) {
    return record(context, job, attempt, 'expired', { reason: 'expiresAt has passed' });
  }
  const notBefore = Math.max(entry.nextAt ?? 0, job.sendAt);
  if (now < notBefore) return { kind: 'later', at: notBefore };
  if (crashes >= crashesMax) {
    const reason = `its job was active in ${crashes} processes that died`;
    return record(context, job, attempt, 'held', { reason });
  }
  try {
    const prepared = await prepare(context, job, known, admission.content, now);
    if ('disposition' in prepared) return await prepared.disposition;
    return await deliver(context, prepared, attempt);
  } catch (error) {
    const code = codeOf(error);
    // A newer release froze the message: one of its workers will take it.
    if (code === 'NEWER_VERSION') return waits(context, job, 'newer-version', messageOf(error));
    if (code === undefined || !permanentTrouble.includes(code)) throw error;
    const reason = `${code}: ${messageOf(error)}`;
    return record(context, job, attempt, 'held', { reason });
  }
}

const permanentTrouble = ['CONTENT_UNREADABLE', 'RENDER_FAILED', 'SIGNING_FAILED', 'INVALID_JOB'];

async function endOpenAttempt(
  context: SendContext,
  job: SendJob,
  entry: LedgerEntry,
): Promise<Disposition> {
  const reason = 'the process that sent the body ended before it saw the reply';
  const details = { begun: true, reason };
  const error = { message: reason, phase: 'dot' } as const;
  const end = classifyAttempt({ kind: 'no-reply', bodyBegun: true, error }, context.classifier);
  // Which route it was is not known any more: one that wants such mails held is obeyed.
  const isHeld = context.routes.all.some(({ uncertainPolicy }) => uncertainPolicy === 'hold');
  const { disposition } = await endAttempt(context, job, entry, entry.attempt, details, end, {
    mayMaskAgain: false,
    uncertainPolicy: job.uncertainPolicy ?? (isHeld ? 'hold' : 'resend'),
  });
  return disposition;
}

async function prepare(
  context: SendContext,
  job: SendJob,
  { entry, frozen: readFrozen, suppressionFor, breakersVersion }: KnownOfSend,
  reading: Admission['content'],
  now: number,
): Promise<PreparedSend | { readonly disposition: Disposition | Promise<Disposition> }> {
  const { masking, frozenFacts } = context;
  const attempt = entry.attempt + 1;
  const content = await reading;
  if (content === undefined) {
    return { disposition: record(context, job, attempt, 'held', { reason: 'CONTENT_MISSING' }) };
  }
  const from = content.from.address;
  const suppression = suppressionFor(from);
  if (suppression !== undefined) {
    const mayHaveArrived = entry.wasUncertain === true;
    const details = { from, reason: endText(suppression, mayHaveArrived), mayHaveArrived };
    return { disposition: record(context, job, attempt, 'suppressed', details) };
  }
  const { tenant, campaign } = job;
  const breaker = await context.breakers.holding(breakersVersion, {
    tenant,
    sender: from,
    campaign,
  });
  if (breaker !== undefined) return { disposition: heldByBreaker(context, job, breaker) };
  let frozen = readFrozen();
  let toFreeze: FrozenFacts | undefined;
  if (frozen === undefined) {
    const choice = await chooseMasking(masking, job, content, now);
    if (choice.kind === 'wait') return { disposition: waits(context, job, 'dns', choice.reason) };
    if (choice.kind === 'refused') {
      const details = { result: 'rejected', reason: choice.reason, from } as const;
      return { disposition: record(context, job, attempt, 'rejected', details) };
    }
    // Nobody else can choose for a message with one send: its facts go with the first thing written.
    if (job.soleSend === true) toFreeze = choice.facts;
    frozen = toFreeze ?? (await frozenFacts.freeze(job, choice.facts));
  }
  if (entry.masksAgain === true) frozen = maskedAgain(masking.identity, frozen);
  return { job, entry, frozen, content, ...(toFreeze === undefined ? {} : { toFreeze }) };
}

/**
 * Longest time until a send that a breaker holds is looked at again, in milliseconds; a reset makes it due
 * at once. So a million of them are moved some 300 times a second.
 */
const breakerWaitMs = 3_600_000;

async function heldByBreaker(
  context: SendContext,
  job: SendJob,
  breaker: TrippedBreaker,
): Promise<Disposition> {
  const text = breakerText(breaker);
  context.logger.debug('waits', { sendId: job.sendId, cause: 'breaker', reason: text });
  const waitMs = Math.round(breakerWaitMs * (0.8 + 0.2 * context.random()));
  const until = Math.min(context.clock.now() + waitMs, job.expiresAt);
  context.noteWait(job.sendId, { cause: 'breaker', text, until, breaker: breaker.name });
  await context.throttle.forgo(job.sendId);
  return { kind: 'later', at: until };
}

function endText(suppression: MirroredSuppression, mayHaveArrived: boolean): string {
  const arrived = mayHaveArrived
    ? '; an earlier attempt is uncertain, so the mail may have arrived'
    : '';
  return `${suppressionText(suppression)}${arrived}`;
}

/** How soon a message that waits, for DNS mostly, is looked at again, in milliseconds. */
const waitRetryMs = 60_000;

function waits(
  context: SendContext,
  job: SendJob,
  cause: 'dns' | 'newer-version',
  reason: string,
): Disposition {
  context.logger.info('waits', { sendId: job.sendId, cause, reason });
  const at = Math.min(context.clock.now() + waitRetryMs, job.expiresAt);
  context.noteWait(job.sendId, { cause, text: reason, until: at });
  return { kind: 'later', at };
}
