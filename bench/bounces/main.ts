/*
 * How well and how fast replies and bounce mails are read, on a corpus of labelled ones that lies
 * outside the project.
 *
 *   npm run bench:bounces [-- CORPUS] [-- --json] [-- --misses]
 *
 * CORPUS, else ONBEHALF_CORPUS, is a folder with bounces/mails.jsonl and bounces/replies.jsonl.
 */
import { parseArgs } from 'node:util';
import { createClassifier } from '../../src/bounces/bounce-classifier.ts';
import type { Classification } from '../../src/bounces/classification.ts';
import { classifyAttempt } from '../../src/bounces/classify-attempt.ts';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { classifyReply } from '../../src/bounces/classify-reply.ts';
import { classifyFinding } from '../../src/bounces/finding.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';
import { crossValidate, type CrossValidation, type ScorePair } from './cross-validate.ts';
import { readMails, readReplies, sourceOf, type LabelledReply } from './corpus.ts';
import { measureSpeed } from './speed.ts';
import { createScore, type Score } from './score.ts';
import { linesOf, tableOf, type Row } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, misses: { type: 'boolean' } },
});
const folder = positionals[0] ?? process.env['ONBEHALF_CORPUS'];
if (folder === undefined) {
  process.stderr.write('give the corpus folder as an argument or in ONBEHALF_CORPUS\n');
  process.exit(2);
}

const classifier = createClassifier();
const mails = readMails(folder);
const replies = readReplies(folder);

function scoreReplies(chosen: readonly LabelledReply[]): Score {
  const score = createScore();
  for (const each of chosen) score.reply(`reply ${each.id}`, each, judged(each.reply));
  return score.result();
}

/** As a worker judges a reply, and the reader of a report a line without a code that says why it failed. */
function judged(raw: string): Classification {
  const reply = parseSmtpReply(raw);
  const end =
    reply === undefined ? undefined : classifyAttempt({ kind: 'reply', reply }, classifier);
  return end?.bounce ?? classifyFinding({ action: 'failed', texts: [raw] }, classifyReply);
}

function classify(raw: string): ReturnType<typeof classifyReply> {
  return classifyReply(parseSmtpReply(raw) ?? { text: raw });
}

function scoreMails(of: (source: string, kind: string) => boolean): Score {
  const score = createScore();
  for (const mail of mails) {
    if (mail.labels !== 'good' || !of(sourceOf(mail), mail.kind)) continue;
    // A bounce without a label names somebody, only nobody has written down whom.
    if (mail.is_bounce === true && mail.expected.length === 0) continue;
    const { results } = classifyMail(mail.bytes);
    score.mail(mail.file, mail.expected, results);
  }
  return score.result();
}

const sisimai = (source: string): boolean => source.startsWith('sisimai');
const rows: readonly Row[] = [
  {
    name: 'mails: Sisimai set',
    score: scoreMails(sisimai),
    goals: { strict: 98, accepted: 99.5, recipients: 99 },
  },
  {
    name: 'mails: flufl',
    score: scoreMails((source) => source === 'flufl'),
    goals: { recipients: 97.3 },
  },
  {
    name: 'mails: notice bodies',
    score: scoreMails((_source, kind) => kind === 'text-body'),
    goals: { accepted: 95 },
  },
  { name: 'mails: mdsbp', score: scoreMails((source) => source === 'mdsbp'), goals: {} },
  {
    name: 'mails: other',
    score: scoreMails(
      (source, kind) =>
        !sisimai(source) && !['flufl', 'mdsbp'].includes(source) && kind !== 'text-body',
    ),
    goals: {},
  },
  {
    name: 'mails: CR only',
    score: scoreMails((source) => source === 'sisimai-mac'),
    goals: { accepted: 99.5 },
  },
  {
    name: 'replies: neutral',
    score: scoreReplies(replies.filter(({ neutral }) => neutral)),
    goals: { accepted: 90, unknown: 5 },
  },
  {
    name: 'replies: seen on the wire',
    score: scoreReplies(replies.filter(({ synthetic }) => !synthetic)),
    goals: {},
  },
  { name: 'replies: all', score: scoreReplies(replies), goals: {} },
];
const crossed = crossValidate(mails, replies);
const speed = await measureSpeed({ mails, replies, classify: (raw) => void classify(raw) });

if (values.misses === true) process.stderr.write(linesOf(rows));
if (values.json === true)
  process.stdout.write(
    `${JSON.stringify([...rows.map(jsonOf), ...crossed.map(crossedJson), ...speed])}\n`,
  );
else process.stdout.write(tableOf(rows, crossed, speed));

function jsonOf({ name, score }: Row): object {
  const { misses, ...counts } = score;
  return { name, ...counts, misses: misses.length };
}

function crossedJson({ provider, all, decided }: CrossValidation): object {
  return { name: `cross-validation: ${provider}`, ...pairJson(all), decided: pairJson(decided) };
}

function pairJson({ withRules, without }: ScorePair): object {
  const { labelled, accepted } = withRules;
  return { labelled, accepted, without: without.accepted };
}
