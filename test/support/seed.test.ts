import { expect, test } from '@jest/globals';
import { seededRandom } from './seed.ts';

test('equal seeds give equal numbers, and different seeds do not', () => {
  const draw = (seed: number): readonly number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 1000 }, () => random.next());
  };
  const numbers = draw(5);
  expect(draw(5)).toEqual(numbers);
  expect(draw(6)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers).size).toBe(1000);
});

test('whole numbers stay below their limit and reach all of them', () => {
  const random = seededRandom();
  const seen = new Set(Array.from({ length: 500 }, () => random.integer(5)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(['a', 'b']).toContain(random.pick(['a', 'b']));
});
