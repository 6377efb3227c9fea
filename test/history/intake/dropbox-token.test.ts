import { describe, expect, test } from '@jest/globals';
import {
  dropboxAddressOf,
  dropboxCandidates,
  hashDropboxToken,
  isDropboxAddress,
} from '../../../src/history/intake/dropbox-token.ts';
import type { DropboxAddressing } from '../../../src/history/intake/dropbox-token.ts';
import { readHeader } from '../../../src/history/intake/header-lines.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';

const addressing: DropboxAddressing = { prefix: 'dropbox', domain: 'in.crm.example' };
const A = 'a'.repeat(26);
const B = 'b'.repeat(26);
const C = 'c'.repeat(26);
const at = (token: string): string => `dropbox+${token}@in.crm.example`;
const received = 'Received: from mx.acme.example by in.crm.example with LMTP id 1; Mon';

const found = (lines: readonly string[], options = addressing): string[] =>
  dropboxCandidates(readHeader(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)).fields, options).map(
    ({ token, rule }) => `${token[0]} ${rule}`,
  );

describe('dropboxCandidates', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['Delivered-To', [`Delivered-To: ${at(A)}`, received], ['a delivered-to']],
    ['in angle brackets', [`Delivered-To: <${at(A)}>`, received], ['a delivered-to']],
    ['X-Original-To', [`X-Original-To: ${at(A)}`, received], ['a x-original-to']],
    [
      'Envelope-To with several',
      [`Envelope-to: x@y.example, ${at(A)}`, received],
      ['a envelope-to'],
    ],
    ['X-Envelope-To', [`X-Envelope-To: ${at(A)}`, received], ['a envelope-to']],
    ['Received … for', [`${received.slice(0, -5)} for <${at(A)}>; Mon`], ['a received-for']],
    [
      'a folded Received',
      ['Received: from a (b [::1])', '\tby in.crm.example', `\tfor <${at(A)}>;`, '\tMon'],
      ['a received-for'],
    ],
    ['To', [received, `To: Carl <c@x.example>, "Box" <${at(A)}>`], ['a to-cc']],
    ['Cc, also without any Received', [`Cc: ${at(A)}`], ['a to-cc']],
    [
      'upper case',
      [`Delivered-To: DropBox+${A.toUpperCase()}@IN.crm.Example`, received],
      ['a delivered-to'],
    ],
    [
      'repeated Delivered-To, top first',
      [
        `Delivered-To: ${at(A)}`,
        'Delivered-To: box@in.crm.example',
        `Delivered-To: ${at(B)}`,
        received,
      ],
      ['a delivered-to', 'b delivered-to'],
    ],
    [
      'several fields, in order of trust and each token once',
      [
        `Envelope-To: ${at(C)}`,
        `Delivered-To: ${at(B)}`,
        `X-Original-To: ${at(A)}`,
        `${received} for <${at(B)}>; Mon`,
        `To: ${at(A)}`,
      ],
      ['a x-original-to', 'b delivered-to', 'c envelope-to'],
    ],
  ])('finds it in %s', (_name, lines, expected) => {
    expect(found(lines)).toEqual(expected);
  });

  test.each<[string, readonly string[]]>([
    ['a forged Delivered-To below the first Received', [received, `Delivered-To: ${at(A)}`]],
    ['a forged Received … for below the first', [received, `Received: by x for <${at(A)}>; Mon`]],
    ['delivery fields of a mail that no server received', [`Delivered-To: ${at(A)}`]],
    ['another domain', [`Delivered-To: dropbox+${A}@in.crm.example.evil.example`, received]],
    ['a domain above it', [`Delivered-To: dropbox+${A}@crm.example`, received]],
    ['another prefix', [`Delivered-To: xdropbox+${A}@in.crm.example`, received]],
    ['a token too short', [`Delivered-To: dropbox+${A.slice(0, 19)}@in.crm.example`, received]],
    ['other characters', [`Delivered-To: dropbox+${A.slice(0, 24)}01@in.crm.example`, received]],
    ['Bcc, which the sender wrote', [received, `Bcc: ${at(A)}`]],
    ['no token', ['Delivered-To: dropbox@in.crm.example', received]],
  ])('does not take %s', (_name, lines) => {
    expect(found(lines)).toEqual([]);
  });

  test('trusts only a first Received by one of our hosts where they are given', () => {
    const lines = [`Delivered-To: ${at(A)}`, received];
    expect(found(lines, { ...addressing, receivedBy: ['IN.crm.example'] })).toEqual([
      'a delivered-to',
    ]);
    expect(found(lines, { ...addressing, receivedBy: ['mx.crm.example'] })).toEqual([]);
  });

  test('finds it whatever the case of the configured names', () => {
    const shouted = { prefix: 'DropBox', domain: 'IN.CRM.example' };
    expect(found([`Delivered-To: ${at(A)}`, received], shouted)).toEqual(['a delivered-to']);
    expect(isDropboxAddress(at(A) as EmailAddress, shouted)).toBe(true);
  });

  test('takes at most ten tokens of one mail', () => {
    const tokens = Array.from(
      { length: 30 },
      (_, index) => 'abcdefghijklmnopqrstuvwxyz234567'[index],
    );
    const to = tokens.map((letter) => at(`${letter}`.repeat(26))).join(', ');
    expect(found([received, `To: ${to}`])).toHaveLength(10);
  });
});

test('isDropboxAddress knows addresses with and without token', () => {
  const check = (text: string): boolean => isDropboxAddress(text as EmailAddress, addressing);
  expect(check(at(A))).toBe(true);
  expect(check('Dropbox@in.crm.example')).toBe(true);
  expect(check('dropboxes@in.crm.example')).toBe(false);
  expect(check('dropbox@crm.example')).toBe(false);
});

test('an address made for a token gives that token back', () => {
  const address = dropboxAddressOf(A, addressing);
  expect(found([`Delivered-To: ${address}`, received])).toEqual(['a delivered-to']);
  expect(hashDropboxToken(A)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashDropboxToken(A)).not.toBe(hashDropboxToken(B));
});
