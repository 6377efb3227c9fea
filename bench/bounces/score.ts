import { adviceOf } from '../../src/bounces/class-policy.ts';
import type { Classification, RecipientNotice } from '../../src/bounces/classification.ts';
import type { BounceClass } from '../../src/mail/bounce-class.ts';
import type { ExpectedNotice } from './corpus.ts';

/** Something judged wrong, for whoever looks for the reason. */
export interface Miss {
  readonly where: string;
  readonly what: 'class' | 'recipient' | 'wrong-suppression' | 'missed-suppression' | 'surplus';
  readonly expected: string;
  readonly got: string;
}

/** Counts of one collection. */
export interface Score {
  /** Labelled with a class. */
  readonly labelled: number;
  /** The very class. */
  readonly strict: number;
  /** A class that a fair judge also counts right. */
  readonly accepted: number;
  readonly unknown: number;
  /** Recipients that a label names, and those of them that were found. */
  readonly recipients: number;
  readonly recipientsFound: number;
  /** Mails that name nobody, and those of them in which nobody was found. */
  readonly nobody: number;
  readonly nobodyFound: number;
  /** Labelled with a class that must not suppress, and those that would have been. */
  readonly mustStay: number;
  readonly wronglySuppressed: number;
  /** Labelled with a class that must suppress, and those that would not have been. */
  readonly mustGo: number;
  readonly missedSuppressions: number;
  /** Of the missed, those of a right class that suppresses after some replies, as 4xx do of an unknown user. */
  readonly countedSuppressions: number;
  readonly misses: readonly Miss[];
}

type Counts = { -readonly [Name in Exclude<keyof Score, 'misses'>]: number };

/** Adds up judgements. */
export function createScore(): {
  reply(
    where: string,
    expected: Required<Omit<ExpectedNotice, 'recipient'>>,
    got: Classification,
  ): void;
  mail(where: string, expected: readonly ExpectedNotice[], got: readonly RecipientNotice[]): void;
  result(): Score;
} {
  const counts: Counts = {
    labelled: 0,
    strict: 0,
    accepted: 0,
    unknown: 0,
    recipients: 0,
    recipientsFound: 0,
    nobody: 0,
    nobodyFound: 0,
    mustStay: 0,
    wronglySuppressed: 0,
    mustGo: 0,
    missedSuppressions: 0,
    countedSuppressions: 0,
  };
  const misses: Miss[] = [];

  const judge = (
    where: string,
    expected: BounceClass,
    accept: readonly BounceClass[],
    got: Pick<Classification, 'class' | 'suppress' | 'suppression'> | undefined,
  ): void => {
    const found = got?.class ?? 'nothing';
    counts.labelled += 1;
    if (found === expected) counts.strict += 1;
    if (found === 'unknown' || found === 'nothing') counts.unknown += 1;
    const isAccepted = found === expected || (accept as readonly string[]).includes(found);
    if (isAccepted) counts.accepted += 1;
    else misses.push({ where, what: 'class', expected, got: found });
    const fair = [expected, ...accept].map((name) => adviceOf(name, 5).suppress);
    const suppressed = got?.suppress === true;
    // Where fair judges differ, either is right.
    if (!fair.includes(true)) {
      counts.mustStay += 1;
      if (suppressed) {
        counts.wronglySuppressed += 1;
        misses.push({ where, what: 'wrong-suppression', expected, got: found });
      }
    } else if (!fair.includes(false)) {
      counts.mustGo += 1;
      if (!suppressed) {
        counts.missedSuppressions += 1;
        if (isAccepted && got?.suppression.kind === 'after') counts.countedSuppressions += 1;
        misses.push({ where, what: 'missed-suppression', expected, got: found });
      }
    }
  };

  return {
    reply(where, expected, got) {
      judge(where, expected.expected_class, expected.accept, got);
    },
    mail(where, expected, got) {
      const left = [...got];
      if (expected.length === 0) {
        counts.nobody += 1;
        const wrong = got.filter((each) => each.action === 'failed' || each.action === 'delayed');
        if (wrong.length === 0) counts.nobodyFound += 1;
        else {
          const names = wrong.map(({ recipient, class: name }) => `${recipient ?? '-'} ${name}`);
          misses.push({ where, what: 'surplus', expected: 'nobody', got: names.join() });
        }
      }
      const take = (index: number): RecipientNotice | undefined =>
        index < 0 ? undefined : left.splice(index, 1)[0];
      const pairs = expected.map((each) => {
        if (each.recipient === undefined) return { each, found: undefined };
        const wanted = each.recipient.toLowerCase();
        const found = take(
          left.findIndex(
            ({ recipient, finalRecipient }) =>
              recipient?.toLowerCase() === wanted || finalRecipient?.toLowerCase() === wanted,
          ),
        );
        counts.recipients += 1;
        if (found !== undefined) counts.recipientsFound += 1;
        else {
          const names = got.map(({ recipient }) => recipient ?? '-').join();
          misses.push({ where, what: 'recipient', expected: wanted, got: names });
        }
        return { each, found };
      });
      // One whose address is redacted, or was read otherwise, is judged by what is left, in order.
      for (const { each, found } of pairs) {
        const notice = found ?? take(0);
        if (each.expected_class === undefined) continue;
        judge(where, each.expected_class, each.accept ?? [], notice);
      }
    },
    result: () => ({ ...counts, misses }),
  };
}
