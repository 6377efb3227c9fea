import { describe, expect, test } from '@jest/globals';
import type { EmailAddress } from '../../src/mail/address.ts';
import { calendarProblem, type CalendarMethod } from '../../src/mail/calendar-invitation.ts';
import { senderNameProblem } from '../../src/mail/sender-name.ts';
import { threadIdProblem } from '../../src/mail/thread-id.ts';

describe('threadIdProblem', () => {
  test.each([
    '<id@host.example>',
    '<CAF+xj=2q1b4@mail.gmail.example>',
    '<no-at-sign>',
    '<[2001:db8::1]@x>',
    '<"quoted"@x.example>',
    `<${'x'.repeat(498)}>`,
  ])('allows %s', (id) => {
    expect(threadIdProblem(id)).toBeUndefined();
  });

  test.each([
    '',
    'id@host.example',
    '<>',
    '<a b@c>',
    '<a@b> <c@d>',
    '<a@b>\r\nBcc: x@y.example',
    '<a@b>\n',
    '<a\0@b>',
    '<é@b>',
    '<a<@b>',
    '<=?UTF-8?Q?x?=@b>',
    `<${'x'.repeat(499)}>`,
  ])('refuses %j', (id) => {
    expect(threadIdProblem(id)).toEqual(expect.any(String));
  });
});

describe('calendarProblem', () => {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', 'END:VCALENDAR', ''];
  const good = lines.join('\r\n');

  test.each([
    good,
    lines.join('\n'),
    good.trimEnd(),
    `${good}\r\n`,
    good.replace('METHOD', 'method'),
  ])('allows %j', (content) => {
    expect(calendarProblem({ method: 'REQUEST', content })).toBeUndefined();
  });

  test.each<[string, CalendarMethod, string]>([
    ['a method of another kind', 'REQUEST; x=y' as CalendarMethod, good],
    ['a method that is not the content’s', 'CANCEL', good],
    ['no METHOD', 'REQUEST', good.replace('METHOD:REQUEST\r\n', '')],
    ['two METHODs', 'REQUEST', good.replace('METHOD:REQUEST', 'METHOD:REQUEST\r\nMETHOD:CANCEL')],
    ['no beginning', 'REQUEST', good.slice(5)],
    ['no end', 'REQUEST', good.replace('END:VCALENDAR', '')],
    ['NUL', 'REQUEST', good.replace('2.0', '2\0')],
    ['half a surrogate pair', 'REQUEST', good.replace('2.0', '\ud83d')],
  ])('refuses %s', (_, method, content) => {
    expect(calendarProblem({ method, content })).toEqual(expect.any(String));
  });
});

describe('senderNameProblem', () => {
  const problem = (name: string): string | undefined =>
    senderNameProblem({ name, address: 'Jane@acme.example' as EmailAddress });

  test.each([
    'Jane Doe',
    '',
    'Jane @ Acme',
    '@jane',
    'jane@acme.example',
    'Jane (JANE@acme.example)',
  ])('allows %j', (name) => {
    expect(problem(name)).toBeUndefined();
  });

  test.each([
    'ceo@bank.example',
    'Evil <ceo@bank>',
    'jane@acme.example ceo@bank.example',
    'ceo＠bank.example',
    'jane@acme.example.evil.example',
  ])('refuses %j', (name) => {
    expect(problem(name)).toBe('holds an address that is not the sender’s own');
  });

  test('refuses what no header may hold', () => {
    expect(problem('Jane\r\nBcc: x')).toBe('holds a line break');
  });

  test('allows no name at all', () => {
    expect(senderNameProblem({ address: 'jane@acme.example' as EmailAddress })).toBeUndefined();
  });
});
