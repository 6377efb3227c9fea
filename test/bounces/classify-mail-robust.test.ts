import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { seededRandom, type SeededRandom } from '../support/seed.ts';
import { countWork } from './counted-work.ts';

const folder = new URL('fixtures/', import.meta.url);
const mails = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(new URL(name, folder), 'latin1'));

const read = (text: string) => classifyMail(Buffer.from(text, 'latin1'));

/** One thing that happens to mail on its way. */
const damages: readonly ((text: string, random: SeededRandom) => string)[] = [
  (text, random) => text.slice(0, random.integer(text.length)),
  (text, random) => text.slice(random.integer(text.length)),
  (text, random) => {
    const at = random.integer(text.length);
    return text.slice(0, at) + String.fromCharCode(random.integer(256)) + text.slice(at + 1);
  },
  (text, random) => {
    const at = random.integer(text.length);
    return text.slice(0, at) + text.slice(at + random.integer(200));
  },
  (text, random) => text.replaceAll('\n', random.pick(['\r', '\r\n', '\r\r\n', '\n\n', '\n\r'])),
  (text, random) =>
    text
      .split('\n')
      .filter(() => random.integer(20) !== 0)
      .join('\n'),
  (text, random) => {
    const lines = text.split('\n');
    const at = random.integer(lines.length);
    return [...lines.slice(0, at), random.pick(lines), ...lines.slice(at)].join('\n');
  },
  (text, random) => text + text.slice(random.integer(text.length)),
  (text) => `From daemon Mon Nov  2 10:00:00 2026\n${text}`,
  (text) => text.replace(/^[a-z-]+:.*\n/gim, ''),
  (text) => text.replaceAll(/boundary="?[^"\n]*"?/g, 'boundary=""'),
  (text, random) => text.replaceAll(random.pick(['a', 'e', '\n', ' ', '-', ':']), '\0'),
];

test('damaged mails are read without a throw, and results stay well-formed', () => {
  const random = seededRandom();
  for (let round = 0; round < 1_500; round += 1) {
    let text = random.pick(mails);
    const times = 1 + random.integer(4);
    for (let time = 0; time < times && text !== ''; time += 1) {
      text = random.pick(damages)(text, random);
    }
    const { results, kind } = read(text);
    expect(results.length > 0).toBe(kind !== 'not-a-bounce');
    for (const { diagnostic = '', recipient = 'a@b' } of results) {
      expect(diagnostic.length).toBeLessThanOrEqual(1_000);
      expect(diagnostic).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(recipient).toMatch(/^\S(?:.*\S)?@\S+$/s);
    }
  }
});

test('random bytes are read without a throw', () => {
  const random = seededRandom();
  for (let round = 0; round < 300; round += 1) {
    const bytes = Uint8Array.from({ length: random.integer(2_000) }, () => random.integer(256));
    expect(() => classifyMail(bytes)).not.toThrow();
  }
  expect(classifyMail(new Uint8Array())).toMatchObject({ kind: 'not-a-bounce', results: [] });
});

const dsn = 'From: MAILER-DAEMON@a.example\nSubject: failure notice\n';
const report = `${dsn}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n`;
const repeated = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length));

/** Texts made to be slow to read, of about a given length. */
const hostile: readonly (readonly [string, (length: number) => string])[] = [
  ['one field', (n) => `Subject: ${repeated('x', n)}`],
  ['folded lines', (n) => `Subject: x\n${repeated(' \n', n)}`],
  ['fields', (n) => repeated('X-A: b\n', n)],
  ['junk between fields', (n) => repeated('X-A: b\njunk\n', n)],
  ['addresses', (n) => `${dsn}\n${repeated('a@b.example ', n)}`],
  ['at signs', (n) => `${dsn}\n${repeated('@', n)}`],
  ['quotes and at signs', (n) => `${dsn}\n${repeated('"@', n)}`],
  ['one word', (n) => `${dsn}\n${repeated('x', n)}@b`],
  ['replies', (n) => `${dsn}\n${repeated('550 5.1.1 <a@b.example>\n', n)}`],
  ['replies handed on', (n) => `${dsn}\n${repeated('host said: 550-', n)}`],
  ['spaces', (n) => `${dsn}\n${repeated(' ', n)}`],
  ['blank lines', (n) => `${dsn}\n${repeated(' \n', n)}`],
  ['dashes', (n) => `${report}${repeated('--\n', n)}`],
  ['boundaries', (n) => `${report}${repeated('--b\n', n)}`],
  [
    'boundaries of nobody',
    (n) => `${report}${repeated('--c\nContent-Type: multipart/mixed\n\n', n)}`,
  ],
  [
    'nested multiparts',
    (n) => `${report}${repeated('--b\nContent-Type: multipart/mixed; boundary=b\n\n', n)}`,
  ],
  ['nested mails', (n) => repeated('Content-Type: message/rfc822\n\n', n)],
  ['encoded words', (n) => `Subject: ${repeated('=?utf-8?Q?=41?= ', n)}\n`],
  ['broken encoded words', (n) => `Subject: ${repeated('=?utf-8?B?', n)}\n`],
  [
    'recipients',
    (n) =>
      `${report}--b\nContent-Type: message/delivery-status\n\n${repeated('Final-Recipient: rfc822;a@b.example\nStatus: 5.1.1\n\n', n)}`,
  ],
  ['tags', (n) => `${dsn}Content-Type: text/html\n\n${repeated('<', n)}`],
  ['comments', (n) => `${dsn}Content-Type: text/html\n\n${repeated('<!-- ', n)}`],
  ['entities', (n) => `${dsn}Content-Type: text/html\n\n${repeated('&#x', n)}`],
  ['styles', (n) => `${dsn}Content-Type: text/html\n\n${repeated('<style>', n)}`],
  [
    'quoted-printable',
    (n) => `${dsn}Content-Transfer-Encoding: quoted-printable\n\n${repeated('=  ', n)}`,
  ],
  ['Base64', (n) => `${dsn}Content-Transfer-Encoding: base64\n\n${repeated('QUFB', n)}`],
  ['returned fields', (n) => `${dsn}\n${repeated('To: a\nSubject: b\n\n', n)}`],
  ['quoted fields', (n) => `${dsn}\n${repeated('> > > To: a\n', n)}`],
  ['JSON', (n) => `${dsn}\n{"notificationType":${repeated('[', n)}`],
  ['delay words', (n) => `${dsn}\n${repeated('will keep ', n)}`],
];

const stop: (() => void)[] = [];
afterEach(() => stop.splice(0).forEach((each) => each()));

test.each(hostile)('the work grows no faster than the mail: %s', (_, make) => {
  const work = (length: number): number => {
    const text = make(length);
    const counter = countWork();
    stop.push(counter.stop);
    read(text);
    counter.stop();
    return counter.steps();
  };
  read(make(100));
  const small = work(50_000);
  const large = work(400_000);
  expect(large).toBeLessThan(9 * small + 100_000);
  expect(large).toBeLessThan(400 * 400_000);
});

// Whatever is more than linear never comes to an end here.
test.each(hostile)('10 MB are read: %s', (_, make) => {
  expect(() => read(make(10_000_000))).not.toThrow();
});
