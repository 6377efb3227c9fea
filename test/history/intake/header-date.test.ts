import { expect, test } from '@jest/globals';
import { readHeaderDate } from '../../../src/history/intake/header-date.ts';

test.each([
  ['Mon, 23 Nov 2026 08:30:15 +0100', '2026-11-23T07:30:15.000Z'],
  ['23 Nov 2026 08:30 GMT', '2026-11-23T08:30:00.000Z'],
  ['Mon, 23 Nov 2026 08:30:15 -0330 (NST)', '2026-11-23T12:00:15.000Z'],
  ['Mon,  5 Jan 98 08:30:15 EST', '1998-01-05T13:30:15.000Z'],
  ['Tue, 29 Feb 2028 00:00:00 Z', '2028-02-29T00:00:00.000Z'],
  ['Monday, 23-Nov-26 08:30:15 UT', '2026-11-23T08:30:15.000Z'],
  ['Sat, 31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
])('reads %s', (text, expected) => {
  expect(new Date(readHeaderDate(text) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each([
  ['', 'nothing'],
  ['yesterday', 'no date'],
  ['2026-11-23T08:30:15Z', 'another format'],
  ['Mon, 31 Feb 2026 08:30:15 +0000', 'a day that does not exist'],
  ['Mon, 23 Xyz 2026 08:30:15 +0000', 'a month that does not exist'],
  ['Mon, 23 Nov 2026 25:30:15 +0000', 'an hour that does not exist'],
  ['Thu, 01 Jan 1970 00:00:00 +0000', 'a clock that was never set'],
  ['Mon, 23 Nov 2126 08:30:15 +0000', 'a date a century ahead'],
])('refuses %s: %s', (text) => {
  expect(readHeaderDate(text)).toBeUndefined();
});
