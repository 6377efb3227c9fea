import { describe, expect, test } from '@jest/globals';
import type { EmailAddress } from '../../src/mail/address.ts';
import { sendKinds } from '../../src/mail/kinds.ts';
import { drawOrder, routeFilter } from '../../src/worker/route-rules.ts';
import { seededRandom } from '../support/seed.ts';

const kinds = sendKinds;

describe('who may go over a route', () => {
  test.each<[boolean, readonly string[], string]>([
    [true, ['acme.example'], 'jane@acme.example'],
    [false, ['acme.example'], 'jane@mail.acme.example'],
    [true, ['*.acme.example'], 'jane@mail.acme.example'],
    [true, ['*.acme.example'], 'jane@acme.example'],
    [false, ['*.acme.example'], 'jane@notacme.example'],
    [true, ['jane@acme.example'], 'Jane@acme.example'],
    [false, ['jane@acme.example'], 'joe@acme.example'],
    [true, ['other.example', 'joe@acme.example'], 'joe@acme.example'],
  ])('%s: %p for %s', (expected, senders, from) => {
    const takes = routeFilter({ senders, kinds });
    expect(takes({ kind: 'single', from: from as EmailAddress })).toBe(expected);
  });

  test('by kind, with or without senders', () => {
    const from = 'jane@acme.example' as EmailAddress;
    for (const senders of [{}, { senders: ['acme.example'] }]) {
      const takes = routeFilter({ ...senders, kinds: ['bulk'] });
      expect(kinds.filter((kind) => takes({ kind, from }))).toEqual(['bulk']);
    }
  });
});

describe('the order', () => {
  const route = (name: string, priority: number, weight: number) => ({
    route: { name, priority, weight },
  });

  test('is by priority first, whatever the weights', () => {
    const routes = [route('c', 30, 1_000), route('a', 10, 0), route('b', 20, 1)];
    const order = drawOrder(routes, () => 0.999).map((each) => each.route.name);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('within a priority follows the weights, and 0 comes last', () => {
    const seeded = seededRandom();
    const random = (): number => seeded.next();
    const routes = [route('zero', 10, 0), route('three', 10, 3), route('one', 10, 1)];
    const first = { zero: 0, three: 0, one: 0 };
    for (let time = 0; time < 10_000; time += 1) {
      const order = drawOrder(routes, random).map((each) => each.route.name);
      expect(order).toHaveLength(3);
      expect(order[2]).toBe('zero');
      first[order[0] as keyof typeof first] += 1;
    }
    // Five standard deviations of 10,000 draws at 3 to 1.
    expect(Math.abs(first.three - 7_500)).toBeLessThan(220);
    expect(first.three + first.one).toBe(10_000);
  });
});
