import { expect, test } from '@jest/globals';
import { uidSet } from '../../../src/history/intake/uid-set.ts';

test.each<[readonly number[], string]>([
  [[], ''],
  [[7], '7'],
  [[1, 2, 3], '1:3'],
  [[1, 3, 4, 9], '1,3:4,9'],
])('uidSet(%j) is "%s"', (uids, expected) => {
  expect(uidSet(uids)).toBe(expected);
});
