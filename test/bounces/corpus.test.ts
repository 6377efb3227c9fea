import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { readMails, sourceOf, type LabelledMail } from '../../bench/bounces/corpus.ts';
import { createScore, type Score } from '../../bench/bounces/score.ts';

const folder = process.env['ONBEHALF_CORPUS'];
if (folder === undefined) {
  process.stderr.write('skipped: the corpus of bounces; name its folder in ONBEHALF_CORPUS\n');
}
const mails = folder === undefined ? [] : readMails(folder);
const withCorpus = folder === undefined ? describe.skip : describe; // the mails are not ours to ship

function scoreOf(chosen: readonly LabelledMail[]): Score {
  const score = createScore();
  for (const { file, bytes, expected } of chosen) {
    score.mail(file, expected, classifyMail(bytes).results);
  }
  return score.result();
}

const of = (source: string): LabelledMail[] =>
  mails.filter((mail) => mail.labels === 'good' && sourceOf(mail).startsWith(source));

withCorpus('the corpus', () => {
  test('every mail is read without a throw, and says what it is', () => {
    for (const { bytes } of mails) {
      const { kind, results } = classifyMail(bytes);
      expect(results.length > 0).toBe(kind !== 'not-a-bounce');
    }
    expect(mails.length).toBeGreaterThan(700);
  });

  // Floors, a little below what is reached: `npm run bench:bounces` shows the figures.
  test.each([
    ['sisimai', 0.985],
    ['flufl', 0.95],
    ['mdsbp', 0.98],
    ['crisp', 0.98],
  ])('recipients of %s', (source, floor) => {
    const { recipients, recipientsFound } = scoreOf(of(source));
    expect(recipientsFound / recipients).toBeGreaterThanOrEqual(floor);
  });

  test.each([
    ['sisimai', 0.97],
    ['mdsbp', 0.95],
    ['crisp', 0.95],
  ])('classes of %s', (source, floor) => {
    const { accepted, labelled } = scoreOf(of(source));
    expect(accepted / labelled).toBeGreaterThanOrEqual(floor);
  });

  test('the same mails with CRLF and with CR alone read as those with LF', () => {
    const byName = new Map(mails.map((mail) => [mail.file, mail]));
    let compared = 0;
    for (const { file, bytes } of mails) {
      const lf = byName.get(file.replace(/sisimai-(?:dos|mac)/, 'sisimai'));
      if (lf === undefined || lf.file === file) continue;
      const told = ({ kind, results }: ReturnType<typeof classifyMail>): unknown => ({
        kind,
        results: results.map(({ recipient, class: name, action }) => ({ recipient, name, action })),
      });
      expect({ file, ...Object(told(classifyMail(bytes))) }).toEqual({
        file,
        ...Object(told(classifyMail(lf.bytes))),
      });
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
  });
});
