import { createHash } from 'node:crypto';
import { systemClock } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import type { RelayAnswer, RelayScript } from './relay.ts';

/** What {@link realWorldAnswers} takes. */
export interface RealWorldOptions {
  /** Decides which recipients are greylisted; equal seeds choose equal recipients. */
  readonly seed: number;
  readonly clock?: Clock;
  /** Share of the recipients that are greylisted, 0 to 1; default 0.1. */
  readonly greylistShare?: number;
  /** How long a greylisted recipient is put off, in milliseconds; default 2 000. */
  readonly greylistMs?: number;
  /** Tells recipients that do not exist; default: the local part begins with `unknown`. */
  readonly isUnknown?: (recipient: string) => boolean;
  /** The MAIL command, counted over all connections, that is throttled; default 25, 0 for none. */
  readonly throttledMail?: number;
}

/**
 * Answers as large providers do: most recipients are accepted; some are greylisted until they are
 * tried again later; unknown ones are refused for good; and once in all the client is told to slow
 * down, which ends that session.
 */
export function realWorldAnswers(options: RealWorldOptions): RelayScript {
  const clock = options.clock ?? systemClock;
  const share = options.greylistShare ?? 0.1;
  const greylistMs = options.greylistMs ?? 2_000;
  const throttledMail = options.throttledMail ?? 25;
  const isUnknown = options.isUnknown ?? ((recipient) => /^unknown/i.test(recipient));
  const firstTries = new Map<string, number>();
  let mailCount = 0;

  const judgeRecipient = (recipient: string): RelayAnswer => {
    if (isUnknown(recipient)) return refuse(550, `5.1.1 <${recipient}> User unknown`);
    if (share <= shareOf(options.seed, recipient)) return { kind: 'accept' };
    const firstTry = firstTries.get(recipient) ?? clock.now();
    firstTries.set(recipient, firstTry);
    if (clock.now() - firstTry >= greylistMs) return { kind: 'accept' };
    const seconds = Math.ceil(greylistMs / 1000);
    return refuse(451, `4.7.1 Greylisted, please try again in ${seconds} seconds`);
  };

  return (stage, session) => {
    switch (stage) {
      case 'mail':
        mailCount += 1;
        if (mailCount !== throttledMail) return { kind: 'accept' };
        return refuse(421, '4.7.0 Maximum sending rate exceeded, try again in 1 second');
      case 'rcpt':
        return judgeRecipient(session.recipient ?? '');
      case 'connect':
      case 'data':
        return { kind: 'accept' };
    }
  };
}

function refuse(code: number, text: string): RelayAnswer {
  return { kind: 'refuse', code, text };
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function shareOf(seed: number, recipient: string): number {
  const hash = createHash('sha256').update(`${seed} ${recipient.toLowerCase()}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32;
}
