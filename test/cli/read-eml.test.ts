import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readEml, type EmlContent } from '../../src/cli/read-eml.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const folder = temporaryFolder();

/** Reads a mail of these lines. */
async function read(...lines: readonly string[]): Promise<EmlContent> {
  const file = join(folder, 'mail.eml');
  writeFileSync(file, lines.join('\r\n'));
  return readEml(file);
}

const image = '89504e470d0a1a0a';

test('subject, both bodies, an inline image and a file', async () => {
  const content = await read(
    'From: Somebody <else@x.example>',
    'Subject: =?utf-8?q?Angebot_f=C3=BCr_M=C3=B6bel?=',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'St=FChle',
    '--a',
    'Content-Type: text/html',
    '',
    '<p>Chairs <img src="cid:logo@x"></p>',
    '--a--',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <logo@x>',
    'Content-Disposition: inline; filename=logo.png',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(image, 'hex').toString('base64'),
    '--r--',
    '--m',
    'Content-Type: text/csv',
    'Content-Disposition: attachment; filename="prices.csv"',
    '',
    'a,b',
    '--m--',
  );
  expect([content.subject, content.text?.trim()]).toEqual(['Angebot für Möbel', 'Stühle']);
  expect(content.html?.trim()).toBe('<p>Chairs <img src="cid:logo@x"></p>');
  expect(
    content.attachments?.map(({ filename, contentType, contentId, content: bytes }) => [
      filename,
      contentType,
      contentId,
      Buffer.from(bytes as Uint8Array).toString('hex'),
    ]),
  ).toEqual([
    ['logo.png', 'image/png', 'logo@x', image],
    ['prices.csv', 'text/csv', undefined, Buffer.from('a,b').toString('hex')],
  ]);
});

test('an invitation that is there as an alternative and as a file is one invitation', async () => {
  const calendar = ['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'END:VCALENDAR', ''];
  const content = await read(
    'Subject: Shall we meet?',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain',
    '',
    'On Monday',
    '--a',
    'Content-Type: text/calendar; method=REQUEST; charset=utf-8',
    '',
    ...calendar,
    '--a--',
    '--m',
    'Content-Type: application/ics; name=invite.ics',
    'Content-Disposition: attachment; filename=invite.ics',
    '',
    ...calendar,
    '--m--',
  );
  expect(content.calendar?.method).toBe('REQUEST');
  expect(content.calendar?.content).toContain('BEGIN:VCALENDAR\r\nMETHOD:REQUEST');
  expect(content.attachments).toEqual([]);
});

test('a mail out of a mailbox file, without a body, without a subject', async () => {
  expect(
    await read('From x@x.example Mon Nov 23 08:30:15 2026', 'To: b@x.example', '', ''),
  ).toEqual({
    subject: '',
    text: '',
    attachments: [],
  });
});

test.each([
  ['a picture', Buffer.from(image, 'hex')],
  ['JSON', Buffer.from('{"a": "b"}')],
  ['nothing', Buffer.alloc(0)],
])('%s is no mail', async (_name, bytes) => {
  const file = join(folder, 'other');
  writeFileSync(file, bytes);
  await expect(readEml(file)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    problems: [{ field: '--eml', message: expect.stringContaining('is no mail') }],
  });
});
