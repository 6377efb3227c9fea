import { createClassifier, type BounceClassifier } from '../../src/bounces/bounce-classifier.ts';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import type { RuleFile } from '../../src/bounces/rule.ts';
import { ruleFiles } from '../../src/bounces/rules/all-rules.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';
import type { LabelledMail, LabelledReply } from './corpus.ts';
import { createScore, type Score } from './score.ts';

/** Some items, read with a provider's own rules and by the general ones in their place. */
export interface ScorePair {
  readonly withRules: Score;
  readonly without: Score;
}

/** What one provider's own rules add to the general ones. */
export interface CrossValidation {
  readonly provider: string;
  /** All replies and mails of the provider: its signature is in them, or its rules decide. */
  readonly all: ScorePair;
  /** Those which its rules decide. */
  readonly decided: ScorePair;
}

interface Items {
  readonly mails: readonly LabelledMail[];
  readonly replies: readonly LabelledReply[];
}

/**
 * Switches off each provider's own rules in turn and scores the provider's replies and mails by the
 * general rules alone: whether the general ones carry a meaning, or only the providers' do.
 */
export function crossValidate(
  mails: readonly LabelledMail[],
  replies: readonly LabelledReply[],
): readonly CrossValidation[] {
  const all = createClassifier();
  const good = mails.filter(({ labels }) => labels === 'good');
  return ruleFiles
    .filter(({ kind }) => kind === 'provider')
    .map((file) => {
      const signed = signatureFinder(file);
      const ids = new Set(file.rules.map(({ id }) => id));
      const others = createClassifier({ without: [file.name] });
      const pairOf = (items: Items): ScorePair => ({
        withRules: score(all, items),
        without: score(others, items),
      });
      const decided = {
        replies: replies.filter(({ reply }) => ids.has(classify(all, reply).rule)),
        mails: good.filter(({ bytes }) =>
          classifyMail(bytes, all.classifyReply).results.some(({ rule }) => ids.has(rule)),
        ),
      };
      const own = {
        replies: replies.filter(
          (each) => decided.replies.includes(each) || signed.isReply(each.reply),
        ),
        mails: good.filter((each) => decided.mails.includes(each) || signed.isMail(each.bytes)),
      };
      return { provider: file.name, all: pairOf(own), decided: pairOf(decided) };
    })
    .filter((each) => each.all.withRules.labelled > 0);
}

/** Tells by the words of its signature what is of a provider: a rule that comes before all others. */
function signatureFinder({ signatures = [] }: RuleFile): {
  isReply(raw: string): boolean;
  isMail(bytes: Uint8Array): boolean;
} {
  const id = 'bench.signature';
  const why = 'The signature of the provider is there.';
  const rule = { id, class: 'unknown', why, phrases: signatures, examples: [] } as const;
  const finder = createClassifier({ rules: signatures.length === 0 ? [] : [rule] });
  return {
    isReply: (raw) => classify(finder, raw).rule === id,
    isMail: (bytes) => classifyMail(bytes, finder.classifyReply).results.some((r) => r.rule === id),
  };
}

function score(by: BounceClassifier, { mails, replies }: Items): Score {
  const counts = createScore();
  for (const each of replies) counts.reply(`reply ${each.id}`, each, classify(by, each.reply));
  for (const { file, expected, bytes } of mails) {
    counts.mail(file, expected, classifyMail(bytes, by.classifyReply).results);
  }
  return counts.result();
}

function classify({ classifyReply }: BounceClassifier, raw: string) {
  return classifyReply(parseSmtpReply(raw) ?? { text: raw });
}
