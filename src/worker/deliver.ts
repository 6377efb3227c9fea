import type { AttemptEnd } from '../bounces/classify-attempt.ts';
import { isPolicyRefusal } from '../bounces/policy-refusal.ts';
import { slowDownOf } from '../bounces/slow-down.ts';
import { domainOf } from '../mail/address.ts';
import type { MessageContent } from '../mail/message-content.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { LedgerEntry } from '../queue/ledger.ts';
import type { SendJob } from '../queue/send-job.ts';
import { codeOf, messageOf, OnbehalfError } from '../runtime/errors.ts';
import { endAttempt, record, takenRetryMs } from './record-attempt.ts';
import { endOf } from './end-of-submission.ts';
import { wasOutOfOrder } from './route-evidence.ts';
import type { RenderedMail } from './render-protocol.ts';
import type { Route } from './route.ts';
import type { RouteChoice, TriedRoute } from './routes.ts';
import type { Disposition, SendContext } from './send-context.ts';
import type { SubmitOutcome } from './submission.ts';
import type { Go, ThrottledSend } from './throttle.ts';

/*
 * Brings a prepared send to a relay:
 *
 *   1. pick a route. None in order: later, without an attempt. None that may ever take it: rejected,
 *      with the reason of the last one that looked at it.
 *   2. ask the throttle. Its slot is far away: later, without an attempt.
 *   3. render and sign, wait for the slot, submit; immediately before MAIL the throttle is asked once
 *      more, and a send that is late asks for another slot.
 *   4. a relay that was out of order before it heard of the mail, or cannot take this mail, costs no
 *      attempt: the next route (1). Unless the ledger has it as begun already: then it is an attempt.
 *   5. record how it ended. Where another route is to be asked at once, that is the next attempt (1).
 */

/** A send with everything that its mail is made of. */
export interface PreparedSend {
  readonly job: SendJob;
  readonly entry: LedgerEntry;
  readonly frozen: FrozenFacts;
  /** The same, where they are not kept yet and no other send of the message can keep others. */
  readonly toFreeze?: FrozenFacts;
  readonly content: MessageContent;
}

type Usable = Extract<RouteChoice, { kind: 'use' }>;

/** Delivers a send, over as many routes as it takes; the first attempt has this number. */
export async function deliver(
  context: SendContext,
  send: PreparedSend,
  firstAttempt: number,
): Promise<Disposition> {
  const { job, content } = send;
  const { preferredRoute: prefer } = send.entry;
  const about = { kind: job.kind, from: content.from.address };
  const preferring = prefer === undefined ? about : { ...about, prefer };
  const tried: TriedRoute[] = [];
  let attempt = firstAttempt;
  for (;;) {
    const choice = context.routes.pick({ tried, ...preferring });
    if (choice.kind === 'later') {
      return putOff(context, job, 'route', choice.at, choice.reason);
    }
    if (choice.kind === 'nowhere') return refuse(context, send, attempt, choice.reason, tried);
    const turn = await submitOver(context, send, choice, attempt);
    if (turn.kind === 'later') return turn;
    const { outcome } = turn;
    const { name } = choice.route;
    if (wasOutOfOrder(outcome)) {
      tried.push({ name, why: 'down', reason: reasonOf(outcome) });
    } else if (outcome.kind === 'unsendable') {
      const { reason, reply } = outcome;
      tried.push({ name, why: 'unsendable', reason, reply });
    } else if (outcome.kind === 'interrupted') {
      return afterInterruption(context, job, attempt, outcome.error);
    } else {
      const { end, tookMs, begun } = turn;
      const over = { route: choice.route, end, tookMs, begun };
      const ended = await settle(context, send, over, attempt, outcome, tried);
      if (ended.next?.kind !== 'switch-route') return ended.disposition;
      tried.push({ name, why: 'refused', reason: reasonOf(outcome) });
      attempt += 1;
    }
  }
}

type Turn =
  | {
      readonly kind: 'submitted';
      readonly outcome: SubmitOutcome;
      /** How it ended and what that means; absent where it came to no attempt. */
      readonly end: AttemptEnd | undefined;
      readonly tookMs: number;
      /** Whether the ledger knows of the attempt. */
      readonly begun: boolean;
    }
  | { readonly kind: 'later'; readonly at: number };

async function submitOver(
  context: SendContext,
  send: PreparedSend,
  choice: Usable,
  attempt: number,
): Promise<Turn> {
  const { throttle, ledger, clock } = context;
  const { job, frozen, content } = send;
  const { route } = choice;
  let late: Go | undefined;
  let mail: RenderedMail | undefined;
  let reported = false;
  let begun = false;
  try {
    const limited = await limitedSend(context, send, route);
    for (;;) {
      const leave = await throttle.admit(limited, late);
      if (leave.kind === 'later') {
        const cause = leave.because === 'slowed' ? 'slow-down' : 'limit';
        return putOff(context, job, cause, leave.at, `${cause}: ${leave.keys.join(', ')}`);
      }
      let wasLate = false;
      try {
        // Once only: who was late for its slot must be ready when the next one comes.
        mail ??= await context.renderer.render({ job, frozen, content, route: renderedFor(route) });
        await leave.ready(context.stopping);
        const begunAt = performance.now();
        const outcome = await context.lanesOf(route.name).submit({
          envelopeId: job.sendId,
          beforeMail: () => {
            wasLate = leave.check() === 'late';
            if (wasLate) throw new OnbehalfError('INTERRUPTED', 'its slot has passed');
          },
          beforeBody: async () => {
            // Asked again when the connection ended meanwhile; the attempt is ours already.
            if (begun) return;
            await ledger.begin(job, attempt, clock.now(), send.toFreeze);
            begun = true;
          },
          ...mail,
        });
        const tookMs = Math.round(performance.now() - begunAt);
        if (begun || !wasLate) {
          const ended = begun ? endOfBegun(outcome) : outcome;
          const end = endOf(ended, context.classifier, limited.provider);
          if (!wasLate) {
            choice.report(outcome, end);
            context.providerCounts.count(limited.provider, outcome);
            reported = true;
            if (end?.result === 'accepted') context.domainTrouble.accepted(limited);
            else await slowDown(context, job, limited, outcome, end);
          }
          return { kind: 'submitted', outcome: ended, end, tookMs, begun };
        }
      } finally {
        if (begun || !wasLate) await leave.done();
      }
      late = leave;
    }
  } finally {
    if (!reported) choice.release();
  }
}

/**
 * How an attempt ended that the ledger knows to have begun. Its connection may break before the first
 * byte, and the next one not come about: whatever became of that, the attempt has its end here, or
 * whoever takes the job next would have to call it uncertain.
 */
function endOfBegun(outcome: SubmitOutcome): SubmitOutcome {
  if (outcome.kind === 'reply') return outcome;
  const { bodyBegun, mayHaveArrived } =
    outcome.kind === 'broken' ? outcome : { bodyBegun: false, mayHaveArrived: false };
  return { kind: 'broken', bodyBegun, mayHaveArrived, reason: reasonOf(outcome) };
}

/** What of a route a message's bytes depend on: the rest may hold what cannot go to a thread. */
function renderedFor({ signs, returnPath }: Route): Pick<Route, 'signs' | 'returnPath'> {
  return { signs, returnPath };
}

/** Later, without an attempt. */
function putOff(
  context: SendContext,
  job: SendJob,
  cause: 'route' | 'limit' | 'slow-down',
  wanted: number,
  text: string,
): { readonly kind: 'later'; readonly at: number } {
  const at = Math.min(wanted, job.expiresAt);
  context.logger.debug('waits', { sendId: job.sendId, cause, reason: text });
  context.noteWait(job.sendId, { cause, text, until: at });
  return { kind: 'later', at };
}

async function limitedSend(
  context: SendContext,
  { job, content }: PreparedSend,
  route: Route,
): Promise<ThrottledSend> {
  const { sendId, tenant } = job;
  const domain = domainOf(job.recipient);
  const provider = await context.masking.domains.providerOf(domain);
  return { sendId, tenant, route: route.name, provider, domain, sender: content.from.address };
}

/** Slows down what the refusal was about; first what it says itself, then what many of them say. */
async function slowDown(
  context: SendContext,
  { recipient }: SendJob,
  limited: ThrottledSend,
  outcome: SubmitOutcome,
  end: AttemptEnd | undefined,
): Promise<void> {
  const about = end?.bounce?.class;
  if (about === undefined) return;
  if (outcome.kind !== 'reply' && outcome.kind !== 'session-refused') return;
  const said = slowDownOf(outcome.reply, about);
  const found =
    said.kind === 'slow' || outcome.kind === 'session-refused'
      ? said
      : context.domainTrouble.refused({ ...limited, recipient }, about);
  if (found.kind === 'slow') await context.throttle.slowDown(limited, found);
}

async function settle(
  context: SendContext,
  send: PreparedSend,
  {
    route,
    end,
    tookMs,
    begun,
  }: {
    readonly route: Route;
    readonly end: AttemptEnd | undefined;
    readonly tookMs: number;
    readonly begun: boolean;
  },
  attempt: number,
  outcome: Extract<SubmitOutcome, { kind: 'reply' | 'broken' | 'session-refused' }>,
  tried: readonly TriedRoute[],
) {
  const { job, entry, content, frozen } = send;
  if (end === undefined) throw new TypeError('an attempt that did not end');
  const reply = outcome.kind === 'broken' ? undefined : outcome.reply;
  const about = end.bounce?.class;
  const byPolicy =
    frozen.mode === 'on-behalf' &&
    reply !== undefined &&
    about !== undefined &&
    isPolicyRefusal(reply, about);
  if (byPolicy) await learnRefusal(context, job, content);
  const now: TriedRoute = { name: route.name, why: 'refused', reason: '' };
  const ask = { kind: job.kind, from: content.from.address, tried: [...tried, now] };
  const details = {
    from: content.from.address,
    mode: frozen.mode,
    modeRow: frozen.modeRow,
    route: route.name,
    reply,
    reason: outcome.kind === 'broken' ? outcome.reason : undefined,
    begun,
    toFreeze: send.toFreeze,
    tookMs,
  };
  const mayDemandTls = about === 'tls_required' && context.lanesOf(route.name).demandTls();
  return endAttempt(context, job, entry, attempt, details, end, {
    // After an uncertain attempt the mail may have arrived as it was: it must not change.
    mayMaskAgain: byPolicy && entry.wasUncertain !== true,
    mayDemandTls,
    otherRoute: context.routes.has(ask),
    uncertainPolicy: job.uncertainPolicy ?? route.uncertainPolicy,
  });
}

/** No route takes it: rejected where each looked at it and cannot, held where none was allowed to look. */
async function refuse(
  context: SendContext,
  send: PreparedSend,
  attempt: number,
  reason: string,
  tried: readonly TriedRoute[],
): Promise<Disposition> {
  const { job, content, frozen } = send;
  const about = {
    from: content.from.address,
    mode: frozen.mode,
    modeRow: frozen.modeRow,
    reason,
    toFreeze: send.toFreeze,
  };
  if (tried.length === 0) return record(context, job, attempt, 'held', about);
  // What the last of them would have said.
  const { reply } = tried.at(-1) ?? {};
  const bounce = reply === undefined ? undefined : context.classifier.classifyReply(reply);
  return record(context, job, attempt, 'rejected', { ...about, result: 'rejected', bounce });
}

/**
 * Not a byte of the body left, so nothing happened: no attempt is counted. The job comes back at once;
 * when another worker has the attempt, its own record decides then.
 */
function afterInterruption(
  context: SendContext,
  job: SendJob,
  attempt: number,
  error: unknown,
): Disposition {
  const { sendId } = job;
  context.logger.info('attempt-interrupted', { sendId, attempt, reason: messageOf(error) });
  const waitMs = codeOf(error) === 'ATTEMPT_TAKEN' ? takenRetryMs : 0;
  return { kind: 'later', at: context.clock.now() + waitMs };
}

/** The fleet learns that this provider refuses `on-behalf` from this domain; DNS is looked at anew. */
async function learnRefusal(
  context: SendContext,
  job: SendJob,
  content: MessageContent,
): Promise<void> {
  const { domains, policyRefusals } = context.masking;
  const fromDomain = domainOf(content.from.address);
  const provider = await domains.providerOf(domainOf(job.recipient));
  if (provider !== 'temperror') await policyRefusals.note(fromDomain, provider);
  await domains.recheck(fromDomain);
  context.logger.warn('on-behalf-refused-by-policy', { fromDomain, provider, tenant: job.tenant });
}

function reasonOf(outcome: SubmitOutcome): string {
  switch (outcome.kind) {
    case 'reply':
    case 'session-refused':
      return replyText(outcome.reply);
    case 'broken':
    case 'unsendable':
      return outcome.reason;
    case 'interrupted':
      return messageOf(outcome.error);
  }
}

function replyText({ code, enhancedCode = '', text }: SmtpReply): string {
  return `${code} ${enhancedCode} ${text}`.replace(/\s+/g, ' ');
}
