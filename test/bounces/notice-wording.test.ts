import { expect, test } from '@jest/globals';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import type { RecipientNotice } from '../../src/bounces/classification.ts';

const days5 = 'Sat, 31 Oct 2026 10:00:00 +0100 (CET)';
const minutes5 = 'Thu, 5 Nov 2026 09:55:00 +0100 (CET)';

/** A delivery report of 5 November on one recipient, with these fields of the delivery status. */
function report(...fields: readonly string[]): readonly RecipientNotice[] {
  return reportAfter(days5, ...fields);
}

function reportAfter(arrival: string, ...fields: readonly string[]): readonly RecipientNotice[] {
  const mail = [
    'From: MAILER-DAEMON@relay.example',
    'To: bounce@mail.example',
    'Date: Thu, 5 Nov 2026 10:00:00 +0100 (CET)',
    'Subject: Undelivered mail',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'It did not work out.',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; relay.example',
    `Arrival-Date: ${arrival}`,
    '',
    'Final-Recipient: rfc822; jane@acme.example',
    ...fields,
    '',
    '--b--',
    '',
  ];
  return classifyMail(Buffer.from(mail.join('\n'))).results;
}

/** A bounce of a server that writes no delivery status. */
function freeForm(...lines: readonly string[]): readonly RecipientNotice[] {
  const header = ['From: MAILER-DAEMON@relay.acme.example', 'Subject: Returned mail', ''];
  return classifyMail(Buffer.from([...header, ...lines, ''].join('\n'))).results;
}

const unknownFor5Days = 'Diagnostic-Code: smtp; 450 4.1.1 <jane@acme.example>: User unknown';

test('a server that gives up on an unknown user of 4xx has asked often enough to suppress', () => {
  expect(report('Action: failed', 'Status: 4.1.1', unknownFor5Days)).toMatchObject([
    { class: 'user_unknown', suppress: true, retry: 'none' },
  ]);
});

test.each([
  ['gives up after minutes', minutes5],
  ['does not tell since when', 'some day'],
])('one that %s has not', (_what, arrival) => {
  expect(reportAfter(arrival, 'Action: failed', 'Status: 4.1.1', unknownFor5Days)).toMatchObject([
    { class: 'user_unknown', suppress: false, suppression: { kind: 'after' } },
  ]);
});

test('the last attempt counts, where it is told', () => {
  const last = 'Last-Attempt-Date: Sat, 31 Oct 2026 10:05:00 +0100 (CET)';
  expect(report('Action: failed', 'Status: 4.1.1', unknownFor5Days, last)).toMatchObject([
    { suppress: false },
  ]);
});

test('one that goes on asking has not', () => {
  expect(report('Action: delayed', 'Status: 4.1.1', unknownFor5Days)).toMatchObject([
    { class: 'user_unknown', suppress: false, retry: 'std' },
  ]);
});

test('neither has one that gives up on a full mailbox', () => {
  const full = 'Diagnostic-Code: smtp; 452 4.2.2 Mailbox full';
  expect(report('Action: failed', 'Status: 4.2.2', full)).toMatchObject([
    { class: 'mailbox_full', suppress: false },
  ]);
});

test.each([
  ['550 : User unknown', 'recipient_refused'],
  ['550: : User unknown', 'recipient_refused'],
  ['550 5.1.351 The next server said -> 550 : User unknown', 'recipient_refused'],
  ['550 <jane@acme.example>: User unknown', 'user_unknown'],
  ['550 5.1.1 : User unknown', 'user_unknown'],
])('%s: where no address stands, the server answers to the content', (reply, name) => {
  expect(
    report('Action: failed', 'Status: 5.0.0', `Diagnostic-Code: smtp; ${reply}`),
  ).toMatchObject([{ class: name }]);
});

test.each([
  ['67', 'user_unknown'],
  ['75', 'delivery_agent_error'],
  ['77', 'remote_system_error'],
])('exit status %s of the program that should have taken the mail', (status, name) => {
  expect(
    report('Action: failed', 'Status: 5.3.0', `Diagnostic-Code: x-unix; ${status}`),
  ).toMatchObject([{ class: name }]);
});

test('what does not exist, once the content was read, is where the mail comes from', () => {
  expect(
    freeForm(
      'These addresses failed:',
      '',
      '  jane@acme.example',
      '    SMTP error from remote mail server after end of data:',
      '    553 mail.example does not exist',
    ),
  ).toMatchObject([{ recipient: 'jane@acme.example', class: 'sender_rejected', suppress: false }]);
});

test('plain words above the address count for more than the last words of the rules below it', () => {
  expect(
    freeForm(
      'Your mail came back to you.',
      '',
      'why: Mailbox full',
      'for: jane@acme.example',
      '',
      'bounced e-mail follows',
    ),
  ).toMatchObject([{ recipient: 'jane@acme.example', class: 'mailbox_full' }]);
});

test('words of two paragraphs are no phrase', () => {
  expect(
    report(
      'Action: failed',
      'Status: 5.0.0',
      'Diagnostic-Code: smtp; 542 jane@acme.example Refused',
    ),
  ).toMatchObject([{ class: 'unknown' }]);
  const [one] = freeForm('jane@acme.example', '', '542 Refused', '', 'The message was: hello');
  expect(one?.class).toBe('unknown');
});

test('an address of an example is nobody that the mail was for', () => {
  expect(
    freeForm(
      '--- Message not delivered to the following:',
      '',
      ' jdoe    No such name in the directory',
      '',
      'Try the longest form that you know of a name, e.g., if',
      'mike.doe@acme.example fails, try michael.j.doe@acme.example.',
    ).map(({ recipient }) => recipient),
  ).toEqual(['jdoe@relay.acme.example']);
});

test('a space of any kind ends an address', () => {
  expect(freeForm('jane@acme.examp\u00a0le: user unknown')).toMatchObject([
    { recipient: 'jane@acme.examp' },
  ]);
});
