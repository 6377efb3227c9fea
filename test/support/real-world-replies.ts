import { readFileSync } from 'node:fs';
import type { BounceClass, SuppressionAdvice } from '../../src/mail/bounce-class.ts';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';

/*
 * Sixty replies as servers give them, in words of our own, with what must become of each mail. Several
 * tests use them: a relay answers so in a run of the whole system.
 */

/** When a mail is tried again. Waits in milliseconds, without the jitter. */
export type NextTry =
  /** It is over. */
  | { readonly kind: 'never' }
  /** After the first wait of a schedule: fast is never below 5 min where it is for greylisting. */
  | { readonly kind: 'after'; readonly waitMs: number }
  /** At the time that the server asked for, or a little later. */
  | { readonly kind: 'asked'; readonly waitMs: number }
  /** At once, over another relay. */
  | { readonly kind: 'other-route' }
  /** At once, over the same relay, encrypted if that can be had; where it was already, over another. */
  | { readonly kind: 'over-tls' }
  /** At once, masked in another mode. */
  | { readonly kind: 'masked-again' };

/** One reply, and what follows from it. */
export interface RealWorldReply {
  /** Local part of the recipient; unique. */
  readonly id: string;
  /** As it goes over the wire, lines apart by CRLF, without the last line end. */
  readonly reply: string;
  /** The command that is answered so. */
  readonly phase: 'rcpt' | 'dot';
  /** Who runs the recipient's mail; default nobody we know. */
  readonly provider?: Exclude<RecipientProvider, 'other'>;
  readonly class: BounceClass;
  /** Result of the attempt. */
  readonly result: 'deferred' | 'rejected';
  readonly next: NextTry;
  /** What the event tells of suppression; absent: nothing. */
  readonly suppression?: Exclude<SuppressionAdvice, { readonly kind: 'never' }>;
  /** What is slowed down by it; default nothing. */
  readonly slows?: 'route' | 'provider' | 'domain' | 'sender';
}

const minute = 60_000;
const firstWaits: Readonly<Record<string, number>> = {
  std: minute,
  fast: minute,
  slow: 60 * minute,
  backoff: 5 * minute,
  greylist: 5 * minute,
};

const table = readFileSync(new URL('./real-world-replies.txt', import.meta.url), 'utf8');

/** The table (`real-world-replies.txt`). */
export const realWorldReplies: readonly RealWorldReply[] = table
  .split(/\n(?=[a-z])/)
  .slice(1)
  .map((block) => {
    const [first = '', ...rest] = block.split('\n').filter((line) => /^[^#]/.test(line));
    const [id = '', phase, name, result, next = '', ...more] = first.split(' ');
    const given = new Map(more.map((each) => [each.split(':')[0], each.replace(/^\w+:/, '')]));
    const entry = { id, phase, class: name, result, next: nextTryOf(next) };
    const suppression = given.get('suppress');
    const about = {
      ...(given.has('at') ? { provider: given.get('at') } : {}),
      ...(given.has('slows') ? { slows: given.get('slows') } : {}),
      ...(suppression === undefined ? {} : { suppression: suppressionOf(suppression) }),
    };
    const reply = rest.map((line) => line.slice(2)).join('\r\n');
    return { ...entry, reply, ...about } as RealWorldReply;
  });

function nextTryOf(text: string): NextTry {
  const [kind, minutes = ''] = text.split(':');
  if (kind === 'asked') return { kind, waitMs: Number.parseInt(minutes, 10) * minute };
  const waitMs = firstWaits[text];
  return waitMs === undefined ? ({ kind } as NextTry) : { kind: 'after', waitMs };
}

/** `address`, `address:90d`, or `after:3/14d:30d`. */
function suppressionOf(text: string): RealWorldReply['suppression'] {
  const [of = '', second = '', third] = text.split(':');
  if (of === 'after') {
    const [count = 0, withinDays = 0] = second.split('/').map((each) => Number.parseInt(each, 10));
    return { kind: 'after', count, withinDays, ...daysOf(third) };
  }
  return { kind: 'now', of: of as 'address', ...daysOf(second === '' ? undefined : second) };
}

function daysOf(text: string | undefined): { readonly days?: number } {
  return text === undefined ? {} : { days: Number.parseInt(text, 10) };
}
