import type { BounceClass } from '../mail/bounce-class.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import { retryHintMs } from './retry-hint.ts';

/*
 * Does a reply say "slow down"? Such a reply is about how much we send or how we are seen, not about
 * this mail: what goes the same way should wait as well, and come back gently.
 *
 * The class says whether: a rate, a bad name, a block list. One mail that is taken for spam slows
 * nobody, nor does a greylisting, a full mailbox or a recipient who gets too much. Words say what is
 * slowed and for how long: our own allowance, the relay itself, else the recipients' provider. A
 * refusal that no rule knows counts as well where its code is a complaint about us (4.7.x, RFC 3463
 * §3.8) and has no other meaning.
 */

/**
 * What is slowed: all that takes the relay (`route`), all that takes it to the same recipient provider
 * (`provider`; to the same domain, where the provider is none of those we know), all that takes it to
 * the same domain (`domain`), or what one sender sends over it (`sender`).
 */
export type SlowDownScope = 'route' | 'provider' | 'domain' | 'sender';

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
      /** However often it happens again, no longer than this, in milliseconds; default 4 hours. */
      readonly waitMsMax?: number;
    };

const minuteMs = 60_000;
const waitMsMin = 1_000;
const waitMsMax = 24 * 60 * minuteMs;

/** One transaction with too many RCPT: nothing that waiting mends. */
const ofOneTransaction = /too many recipients/i;

interface Pattern {
  readonly words: RegExp;
  readonly scope: SlowDownScope;
  readonly waitMs: number;
  readonly stepMs: number;
}

/** What a rate is about, by its words; the first match wins. */
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
];

/** Google's recipe for 4.7.28: stop for at least ten minutes, then one connection, then one more at a time. */
const googleRecipe = { scope: 'provider', waitMs: 10 * minuteMs, stepMs: minuteMs } as const;

/**
 * Whether a reply, to any command or as a greeting, asks us to slow down, what and how. A time that
 * the reply names counts, from 1 s to a day.
 *
 * @param about what the reply was classified as
 */
export function slowDownOf(reply: SmtpReply, about: BounceClass): SlowDown {
  const { code, text, enhancedCode = '' } = reply;
  if (code < 400 || ofOneTransaction.test(text)) return none;
  if (enhancedCode === '4.7.28') return slowed(reply, googleRecipe, googleRecipe.waitMs);
  if (about === 'rate_limited') {
    return slowed(reply, patterns.find(({ words }) => words.test(text)) ?? general);
  }
  if (about === 'low_reputation') return slowed(reply, general);
  if (about === 'blocklisted') return slowed(reply, listed);
  return vague.has(about) && isAboutUs(code, enhancedCode) ? slowed(reply, general) : none;
}

/** Classes of replies that do not say what the matter is. */
const vague: ReadonlySet<BounceClass> = new Set(['policy', 'remote_system_error', 'unknown']);

/** Codes of throttling at Microsoft, and any transient 4.7.x but those of authentication, DNS and TLS. */
function isAboutUs(code: number, enhancedCode: string): boolean {
  if (code < 400 || code >= 500) return false;
  if (/^4\.7\.(?:[56]\d\d|8[5-9]\d)$/.test(enhancedCode)) return true;
  if (/^4\.7\.(?:2[3-7]|29|3[0-2]|40)$/.test(enhancedCode)) return false;
  return [421, 450, 451].includes(code) && enhancedCode.startsWith('4.7.');
}

const none: SlowDown = { kind: 'none' };
const general = { scope: 'provider', waitMs: 5 * minuteMs, stepMs: minuteMs } as const;
/**
 * A block list is the matter of those who use it, so the route goes on elsewhere; here it will not be
 * over in a minute.
 */
const listed = { scope: 'provider', waitMs: 10 * minuteMs, stepMs: 2 * minuteMs } as const;

function slowed(
  reply: SmtpReply,
  pattern: Omit<Pattern, 'words'>,
  waitMsLeast = waitMsMin,
): SlowDown {
  const waitMs = Math.min(Math.max(retryHintMs(reply) ?? pattern.waitMs, waitMsLeast), waitMsMax);
  return { kind: 'slow', scope: pattern.scope, waitMs, stepMs: pattern.stepMs };
}
