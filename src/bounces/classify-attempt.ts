import type { AttemptResult } from '../mail/kinds.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { BounceClassifier } from './bounce-classifier.ts';
import { adviceOf } from './class-policy.ts';
import type { Classification, SmtpPhase, TransportErrorToClassify } from './classification.ts';

/*
 * The one place that says how an attempt ended and what its failure means; everything later obeys.
 *
 *   result   what the server did with this attempt, by the first digit of its reply: 2 accepted,
 *            4 deferred, 5 rejected. `rejected` is a refusal for certain, which no later attempt can
 *            turn into an uncertain one; whether it is for good the class says, for many a server
 *            answers 5xx to what is over tomorrow ("552 mailbox full"). So a send may wait after an
 *            attempt that was rejected. The other way round, a 4xx to what no retry mends (a virus,
 *            an address that the relay itself suppresses) is rejected.
 *   bounce   the class of the failure, and what follows from it. It is made here, once, and handed
 *            on to whatever asks: schedule, route, back-off, mask again, event.
 *   about    whether the refusal speaks of the session or of what the relay can do rather than of
 *            the mail, which codes tell and classes do not.
 */

/** What was seen of one attempt, at the edge where the server was spoken to. */
export type AttemptEvidence =
  | {
      /** The server answered the command that decided it. */
      readonly kind: 'reply';
      readonly reply: SmtpReply;
      readonly phase?: SmtpPhase | undefined;
      /** Who runs the recipient's mail, as `domains` names providers; absent: unknown. */
      readonly provider?: string | undefined;
    }
  | {
      /** The server refused the session (greeting, login) before it heard of the message. */
      readonly kind: 'session-refused';
      readonly reply: SmtpReply;
    }
  | {
      /** No answer: the connection could not be made, broke, or a time limit passed. */
      readonly kind: 'no-reply';
      /** Whether a byte of the body may have left us. */
      readonly bodyBegun: boolean;
      readonly error: TransportErrorToClassify;
    };

/**
 * What a refusal is about, where it is not the mail as such: our `session` (the relay wants us to log
 * in, or to speak TLS), or an `extension` that this mail needs and the relay does not have.
 */
export type RefusalSubject = 'session' | 'extension';

/** How an attempt ended. */
export interface AttemptEnd {
  readonly result: AttemptResult;
  /** What the failure means; absent where the mail was accepted. */
  readonly bounce?: Classification;
  /** Absent: the mail, its recipient or its sender. */
  readonly about?: RefusalSubject;
}

const accepted: AttemptEnd = { result: 'accepted' };

/**
 * Decides once how an attempt ended and what its failure means. Never throws; of an accepted mail
 * nothing is classified.
 *
 * No reply is deferred as long as the body was not begun, and uncertain after that: the server may
 * have taken the mail. A refused session says nothing about the mail, nor does a relay that asks us
 * in mid-transaction to log in (530, 535: RFC 4954 §6): deferred. A 3xx where a final reply was due
 * says nothing about the mail, so it counts as no reply after the body.
 */
export function classifyAttempt(
  evidence: AttemptEvidence,
  classifier: BounceClassifier,
): AttemptEnd {
  if (evidence.kind === 'no-reply') {
    const bounce = classifier.classifyError(evidence.error);
    return { result: evidence.bodyBegun ? 'uncertain' : 'deferred', bounce };
  }
  const { reply } = evidence;
  const digit = Math.floor(reply.code / 100);
  if (evidence.kind === 'reply' && digit === 2) return accepted;
  if (digit !== 4 && digit !== 5) {
    const message = `the server answered ${reply.code} where a final reply was due`;
    const bounce = classifier.classifyError({ code: 'EPROTOCOL', message });
    return { result: evidence.kind === 'reply' ? 'uncertain' : 'deferred', bounce };
  }
  const phase = evidence.kind === 'reply' ? evidence.phase : 'connect';
  const bounce = asTheReplySays(
    classifier.classifyReply({
      ...reply,
      ...(phase === undefined ? {} : { phase }),
      ...(evidence.kind === 'reply' && evidence.provider !== undefined
        ? { provider: evidence.provider }
        : {}),
    }),
    digit,
  );
  if (evidence.kind === 'session-refused' || isOfSession(reply, bounce, phase)) {
    return { result: 'deferred', bounce, about: 'session' };
  }
  const result = digit === 5 || bounce.retry === 'none' ? 'rejected' : 'deferred';
  return needsExtension(reply) ? { result, bounce, about: 'extension' } : { result, bounce };
}

/** Replies that a server gives to its client about the client's login (RFC 4954 §6). */
const loginCodes = new Set([432, 530, 534, 535, 538]);

/** What else is said of a session: at RCPT and later "access denied" may be about the recipient. */
const ofLogin = /\b(?:auth(?:enticat\w*)?|log[ -]?in|credentials?|password)\b/i;

function isOfSession(
  { code, text }: SmtpReply,
  bounce: Classification,
  phase: SmtpPhase | undefined,
): boolean {
  if (loginCodes.has(code)) return true;
  // At the end of the body a server judges the mail, and "security" is its word for a policy.
  if (bounce.class !== 'security' || phase === 'dot') return false;
  return phase === 'mail' || ofLogin.test(text);
}

/**
 * RFC 6531 §3.5 and RFC 3463 §3.7: no SMTPUTF8, no conversion of 8-bit text; RFC 5321 §4.2.2: 555,
 * a parameter of MAIL or RCPT that the server does not know.
 */
function needsExtension({ code, enhancedCode = '' }: SmtpReply): boolean {
  return code === 555 || /^[45]\.6\.[3789]$/.test(enhancedCode);
}

/**
 * The class with what follows from it by the reply's own first digit: where its enhanced code has
 * another one ("450 5.1.1"), the reply is what the protocol goes by.
 */
function asTheReplySays(bounce: Classification, digit: number): Classification {
  const { enhancedCode } = bounce.evidence;
  if (enhancedCode === undefined || enhancedCode.startsWith(String(digit))) return bounce;
  return {
    ...bounce,
    ...adviceOf(bounce.class, digit),
    action: digit === 5 ? 'failed' : 'delayed',
  };
}
