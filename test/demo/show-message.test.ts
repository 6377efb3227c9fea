import { expect, test } from '@jest/globals';
import { explainMessage, showMessage } from '../../src/demo/show-message.ts';
import '../support/leftovers.ts';
import { recordTerminal } from './record-terminal.ts';

const mail = {
  mailFrom: `b-a0g18${'x'.repeat(26)}-${'y'.repeat(16)}@bounce.crm.example`,
  rcptTo: ['bob@dest.example'],
  message: Buffer.from(
    [
      'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=crm.example;',
      ' s=onbehalf1; t=1; h=From:From:Sender:',
      '\tSubject; bh=AAAA=; b=BBBB',
      ' CCCC==',
      'From: Jane Doe <jane@acme.example>',
      'Sender: Example CRM <mailer@crm.example>',
      'Subject: Your quote',
      'MIME-Version: 1.0',
      '',
      'Hello Bob,',
      '',
      'here it is.',
      '',
    ].join('\r\n'),
  ),
  at: 0,
  connection: 1,
};

test('shows envelope, the fields that masking is about, and the text', () => {
  const explained = explainMessage(mail);
  expect(explained.envelope.map(({ name, value }) => [name, value])).toEqual([
    ['MAIL FROM', mail.mailFrom],
    ['RCPT TO', 'bob@dest.example'],
  ]);
  expect(explained.header.map(({ name, value }) => [name, value])).toEqual([
    ['DKIM-Signature', 'a=rsa-sha256; d=crm.example; s=onbehalf1; h=3 fields; …'],
    ['From', 'Jane Doe <jane@acme.example>'],
    ['Sender', 'Example CRM <mailer@crm.example>'],
    ['Subject', 'Your quote'],
  ]);
  expect(explained.header[1]?.note).toContain('the user');
  expect(explained.header[2]?.note).toContain('the provider');
  expect(explained.body).toEqual(['Hello Bob,', '', 'here it is.']);
});

test.each([60, 80, 103, 104, 112])('fits into %i columns', (columns) => {
  const terminal = recordTerminal();
  showMessage(explainMessage(mail), terminal, columns);
  const widths = terminal.lines.map((line) => Array.from(line).length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  const text = terminal.lines.join('\n');
  expect(text).toMatch(/From {12}Jane Doe <jane@acme\.example>/);
  expect(text).toContain('here it is.');
});

test('puts the reasons into the margin where there is one, else underneath', () => {
  const lineOf = (columns: number): string | undefined => {
    const terminal = recordTerminal();
    showMessage(explainMessage(mail), terminal, columns);
    return terminal.lines.find((line) => line.includes('the user'));
  };
  expect(lineOf(112)).toContain('Jane Doe');
  expect(lineOf(80)).toMatch(/^ +↑ the user/);
});
