/*
 * How well and how fast replies and bounce mails are read, on a corpus of labelled ones that lies
 * outside the project.
 *
 *   npm run bench:bounces [-- CORPUS] [-- --json] [-- --misses]
 *
 * CORPUS, else ONBEHALF_CORPUS, is a folder with bounces/mails.jsonl and bounces/replies.jsonl.
 */
import { parseArgs } from 'node:util';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { classifyReply } from '../../src/bounces/classify-reply.ts';
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

const mails = readMails(folder);
const replies = readReplies(folder);

function scoreReplies(chosen: readonly LabelledReply[]): Score {
  const score = createScore();
  for (const each of chosen) score.reply(`reply ${each.id}`, each, classify(each.reply));
  return score.result();
}

function classify(raw: string): ReturnType<typeof classifyReply> {
  return classifyReply(parseSmtpReply(raw) ?? { text: raw });
}

function scoreMails(of: (source: string, kind: string) => boolean): Score {
  const score = createScore();
  for (const mail of mails) {
    if (mail.labels !== 'good' || !of(sourceOf(mail), mail.kind)) continue;
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
