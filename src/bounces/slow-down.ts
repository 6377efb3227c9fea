import type { SmtpReply } from '../mail/smtp-reply.ts';
import { retryHintMs } from './retry-hint.ts';

/*
 * Does a reply say "slow down"? Such a reply is about how much we send, not about this mail: what
 * goes the same way should wait as well, and come back gently.
 *
 * The words decide first, for codes are used in many senses; then codes that have one meaning where
 * they are used; then any 421, 450 or 451 with 4.7.x, which is a complaint about us by its class
 * (RFC 3463 §3.8), unless it is known to mean something else: greylisting, trouble with somebody's
 * DNS or authentication, TLS, or one recipient who receives too much.
 */

/**
 * What is slowed: all that takes the relay (`route`), all that takes it to the same recipient provider
 * (`provider`), or what one sender sends (`sender`).
 */
export type SlowDownScope = 'route' | 'provider' | 'sender';

/** What {@link slowDownOf} found. */
export type SlowDown =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'slow';
      readonly scope: SlowDownScope;
      /** How long to stop, in milliseconds. */
      readonly waitMs: number;
      /** Then one at a time, and one more each time this has passed, in milliseconds. */
      readonly stepMs: number;
    };

const minuteMs = 60_000;
const waitMsMin = 1_000;
const waitMsMax = 24 * 60 * minuteMs;

/** Replies that are transient for another reason than our speed. */
const otherReason: readonly RegExp[] = [
  /gr[ae]y[- ]?list/i,
  /\b(?:dmarc|dkim|spf|unauthenticated|authenticat\w+|reverse dns|ptr)\b/i,
  /\b(?:starttls|tls required|certificate)\b/i,
  // "The user you are trying to contact is receiving mail at a rate that …"
  /\bis receiving (?:mail|messages) (?:at a rate|too)/i,
  // One transaction with too many RCPT.
  /too many recipients/i,
];

interface Pattern {
  readonly words: RegExp;
  readonly scope: SlowDownScope;
  readonly waitMs: number;
  readonly stepMs: number;
}

/** First match wins. */
const patterns: readonly Pattern[] = [
  // The sender's own allowance, used up for the day.
  {
    words: /\b(?:daily (?:user )?(?:sending|message|mail) (?:limit|quota)|daily .{0,40}exceeded)/i,
    scope: 'sender',
    waitMs: 60 * minuteMs,
    stepMs: 5 * minuteMs,
  },
  {
    words: /\b(?:sender|user|account|mailbox)\b.{0,60}\b(?:rate|limit|quota)\b.{0,30}\bexceed/i,
    scope: 'sender',
    waitMs: 10 * minuteMs,
    stepMs: minuteMs,
  },
  // The relay itself: its rate, its connections.
  {
    words: /\b(?:maximum sending rate|throttling failure|sending rate exceeded)\b/i,
    scope: 'route',
    waitMs: 5_000,
    stepMs: 5_000,
  },
  {
    words: /\btoo many (?:concurrent |simultaneous |smtp |open )*(?:connections|sessions)\b/i,
    scope: 'route',
    waitMs: minuteMs,
    stepMs: 15_000,
  },
  {
    words:
      /\b(?:too many (?:messages|mails|emails|e-mails)|message rate|sending too (?:fast|quickly|many)|rate[- ]?limit(?:ed|s)?|slow down|unusual rate|unusual(?:ly)? .{0,30}(?:rate|volume)|throttl(?:ed|ing)|excessive (?:rate|volume|message rate))/i,
    scope: 'provider',
    waitMs: 5 * minuteMs,
    stepMs: minuteMs,
  },
];

/** Google's recipe for 4.7.28: stop for at least ten minutes, then one connection, then one more at a time. */
const googleRecipe = { scope: 'provider', waitMs: 10 * minuteMs, stepMs: minuteMs } as const;

/**
 * Whether a reply, to any command or as a greeting, asks us to slow down, what and how. A time that
 * the reply names counts, from 1 s to a day.
 */
export function slowDownOf(reply: SmtpReply): SlowDown {
  const { code, text, enhancedCode = '' } = reply;
  if (code < 400) return none;
  const transient = code < 500;
  if (enhancedCode === '4.7.28') return slowed(reply, googleRecipe, googleRecipe.waitMs);
  if (otherReason.some((words) => words.test(text))) return none;
  const found = patterns.find(({ words }) => words.test(text));
  // With a 5xx the mail is lost; only an allowance of the sender is worth slowing the next ones for.
  if (found !== undefined && (transient || found.scope === 'sender')) return slowed(reply, found);
  if (!transient) return none;
  // Microsoft: throttled by the reputation of the sending host.
  if (/^4\.7\.(?:[56]\d\d|8[5-9]\d)$/.test(enhancedCode)) return slowed(reply, general);
  // 4.7.23 to 4.7.32 speak of authentication, DNS and TLS at Google and Microsoft.
  if (/^4\.7\.(?:2[3-7]|29|3[0-2]|40)$/.test(enhancedCode)) return none;
  if ([421, 450, 451].includes(code) && enhancedCode.startsWith('4.7.')) {
    return slowed(reply, general);
  }
  return none;
}

const none: SlowDown = { kind: 'none' };
const general = { scope: 'provider', waitMs: 5 * minuteMs, stepMs: minuteMs } as const;

function slowed(
  reply: SmtpReply,
  pattern: Omit<Pattern, 'words'>,
  waitMsLeast = waitMsMin,
): SlowDown {
  const waitMs = Math.min(Math.max(retryHintMs(reply) ?? pattern.waitMs, waitMsLeast), waitMsMax);
  return { kind: 'slow', scope: pattern.scope, waitMs, stepMs: pattern.stepMs };
}
