import { createClassifier, type BounceClassifier } from '../../src/bounces/bounce-classifier.ts';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { ruleFiles } from '../../src/bounces/rules/all-rules.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';
import type { LabelledMail, LabelledReply } from './corpus.ts';
import { createScore, type Score } from './score.ts';

/** What is decided by the rules of one provider, and by the general ones in their place. */
export interface CrossValidation {
  readonly provider: string;
  readonly withRules: Score;
  readonly without: Score;
}

/**
 * Switches off each provider's own rules in turn and scores the replies and mails that they decide by
 * the general rules alone: whether the general ones carry a meaning, or only the providers' do.
 */
export function crossValidate(
  mails: readonly LabelledMail[],
  replies: readonly LabelledReply[],
): readonly CrossValidation[] {
  const all = createClassifier();
  const good = mails.filter(({ labels }) => labels === 'good');
  return ruleFiles
    .filter(({ kind }) => kind === 'provider')
    .map(({ name, rules }) => {
      const ids = new Set(rules.map(({ id }) => id));
      const ownReplies = replies.filter(({ reply }) => ids.has(classify(all, reply).rule));
      const ownMails = good.filter(({ bytes }) =>
        classifyMail(bytes, all.classifyReply).results.some(({ rule }) => ids.has(rule)),
      );
      const others = createClassifier({ without: [name] });
      return {
        provider: name,
        withRules: score(all, ownMails, ownReplies),
        without: score(others, ownMails, ownReplies),
      };
    })
    .filter(({ withRules }) => withRules.labelled > 0);
}

function score(
  by: BounceClassifier,
  mails: readonly LabelledMail[],
  replies: readonly LabelledReply[],
): Score {
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
