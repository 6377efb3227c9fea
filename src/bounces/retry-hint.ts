import type { SmtpReply } from '../mail/smtp-reply.ts';

/*
 * Servers that want to be left alone often say for how long: "try again in 5 minutes", "retry after
 * 300 seconds", "please come back in 00:04:59". Three things must stand together: a word that asks
 * for another try, at most 40 characters without a digit or the end of a sentence, and a length of
 * time with its unit. A bare number counts for nothing: it may be a port, a limit or a code.
 */

const ask =
  /\b(?:again|retry(?:ing)?|try|back|resend|wait|defer(?:red|ral)?|delay(?:ed)?|postpone[ds]?|gr[ae]y-?list(?:ed|ing)?|throttled|suspended|(?:temporarily )?blocked)\b[^0-9.;!?]{0,40}?/;
const count = /(\d{1,6}|an?|one|two|three|five|ten|fifteen|thirty|half an)/;
// No letter may follow, a digit may: "4m59s".
const unit = /(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])/;

const written = new RegExp(`${ask.source}\\b${count.source} ?${unit.source}`, 'gi');
const furtherPart = new RegExp(`^(?:,? ?and ?|, ?| )?${/(\d{1,6})/.source} ?${unit.source}`, 'i');
const clockTime = new RegExp(
  `${ask.source}\\b(?:(\\d{1,3}):)?(\\d{1,2}):(\\d{2})\\b(?![:\\d])`,
  'i',
);
const numbers: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  five: 5,
  ten: 10,
  fifteen: 15,
  thirty: 30,
  'half an': 0.5,
};
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What asks for more than a week is no hint we follow, in milliseconds. */
const longestMs = 7 * 86_400_000;

/**
 * How long a server asks us to wait before the next try, in milliseconds; undefined where it does
 * not say. Reads 4xx and 5xx replies alike; whether there is a next try is not decided here.
 */
export function retryHintMs(reply: SmtpReply): number | undefined {
  if (reply.code < 400) return undefined;
  const waitMs = writtenMs(reply.text) ?? clockMs(reply.text);
  return waitMs === undefined || waitMs <= 0 || waitMs > longestMs ? undefined : waitMs;
}

function writtenMs(text: string): number | undefined {
  for (const match of text.matchAll(written)) {
    let waitMs = partMs(match[1], match[2]);
    let rest = text.slice(match.index + match[0].length);
    for (let more = furtherPart.exec(rest); more !== null; more = furtherPart.exec(rest)) {
      waitMs += partMs(more[1], more[2]);
      rest = rest.slice(more[0].length);
    }
    // "delayed 2 hours ago" tells the past.
    if (!/^ ago\b/i.test(rest)) return waitMs;
  }
  return undefined;
}

function partMs(amount = '', unitText = ''): number {
  const number = numbers[amount.toLowerCase()] ?? Number(amount);
  return number * (unitMs[unitText.slice(0, 1).toLowerCase()] ?? 0);
}

function clockMs(text: string): number | undefined {
  const match = clockTime.exec(text);
  if (match === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000;
}
