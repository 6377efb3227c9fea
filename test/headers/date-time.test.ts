import { expect, test } from '@jest/globals';
import { formatDateTime } from '../../src/headers/date-time.ts';

test.each([
  [0, 'Thu, 01 Jan 1970 00:00:00 +0000'],
  [Date.UTC(2026, 10, 23, 8, 22, 7, 999), 'Mon, 23 Nov 2026 08:22:07 +0000'],
  [Date.UTC(2028, 1, 29, 23, 59, 59), 'Tue, 29 Feb 2028 23:59:59 +0000'],
  [Date.UTC(9999, 11, 31), 'Fri, 31 Dec 9999 00:00:00 +0000'],
])('%d is written %s', (timeMs, written) => {
  expect(formatDateTime(timeMs)).toBe(written);
});
