import { describe, expect, test } from '@jest/globals';
import { contentKeyOf } from '../../../src/history/intake/content-key.ts';

const own = [
  'Message-ID: <One@acme.example>',
  'From: Jane <jane@acme.example>',
  'To: carl@contact.example',
  'Subject: a long subject',
  ' that is folded',
  'Date: Mon, 23 Nov 2026 08:30:15 +0100',
];
const body = ['Hello Carl,', '', 'all well?', ''];

const mail = (
  header: readonly string[],
  text: readonly string[] = body,
  lineEnd = '\r\n',
): Buffer => Buffer.from([...header, '', ...text].join(lineEnd));

const first = [
  'Return-Path: <jane@acme.example>',
  'Delivered-To: dropbox+a@in.crm.example',
  'Received: from mx by in.crm.example',
  '\tid 1; Mon',
  ...own,
];
const key = contentKeyOf(mail(first));

describe('contentKeyOf is the same', () => {
  test.each<[string, Buffer]>([
    [
      'for another delivery',
      mail([
        'Return-Path: <bounce@acme.example>',
        'X-Original-To: dropbox+b@in.crm.example',
        'Delivered-To: dropbox+b@in.crm.example',
        'Envelope-To: dropbox+b@in.crm.example',
        'Received: from mx by in.crm.example id 2; Tue',
        'Authentication-Results: in.crm.example; spf=pass',
        'X-Spam-Status: No',
        'ARC-Seal: i=1',
        'Received: from other by mx id 3',
        'DKIM-Signature: v=1; t=2',
        ...own,
      ]),
    ],
    ['without any trace', mail(own)],
    ['with LF line ends', mail(first, body, '\n')],
    ['with bare CR line ends', mail(first, body, '\r')],
    ['with further line ends at the end', mail(first, [...body, '', ''])],
    [
      'when a relay folds anew',
      mail(own.join('\n').replace('subject\n that', 'subject that').split('\n')),
    ],
    [
      'when a relay changes the case of the Message-ID',
      mail(own.map((line) => line.replace('One@', 'oNE@'))),
    ],
  ])('%s', (_name, raw) => {
    expect(contentKeyOf(raw)).toBe(key);
  });
});

describe('contentKeyOf differs', () => {
  test.each<[string, Buffer]>([
    ['in the body', mail(first, ['Hello Carla,', '', 'all well?', ''])],
    ['in an empty line inside the body', mail(first, ['Hello Carl,', 'all well?', ''])],
    ['in the Message-ID', mail(first.map((line) => line.replace('One@', 'Two@')))],
    ['in the subject', mail(first.map((line) => line.replace('a long', 'a short')))],
    ['in the recipients', mail([...first, 'Cc: dora@contact.example'])],
    ['in the date', mail(first.map((line) => line.replace('08:30:15', '08:30:16')))],
    ['in a bare CR inside a line', mail(first, ['Hello\r Carl,', '', 'all well?', ''])],
  ])('%s', (_name, raw) => {
    expect(contentKeyOf(raw)).not.toBe(key);
  });

  test('between header and body', () => {
    expect(contentKeyOf(Buffer.from('A: 1\r\n\r\nB: 2\r\n'))).not.toBe(
      contentKeyOf(Buffer.from('A: 1\r\nB: 2\r\n\r\n')),
    );
  });
});

test('contentKeyOf takes a body over many chunks', () => {
  const large = (lineEnd: string): Buffer =>
    mail(
      first,
      Array.from({ length: 20_000 }, (_, index) => `line ${index}`),
      lineEnd,
    );
  expect(contentKeyOf(large('\r\n'))).toBe(contentKeyOf(large('\n')));
  const changed = large('\n');
  changed[changed.length - 3] = 0x78;
  expect(contentKeyOf(changed)).not.toBe(contentKeyOf(large('\n')));
});
