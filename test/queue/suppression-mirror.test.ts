import { beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bounceClasses } from '../../src/mail/bounce-class.ts';
import { classPolicies } from '../../src/bounces/class-policy.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import {
  createSuppressionMirror,
  emptyDigest,
  joinDigests,
  suppressionDigest,
  type MirroredSuppression,
  type SuppressionScope,
} from '../../src/queue/suppression-mirror.ts';
import { isSuppressionReason } from '../../src/queue/suppression-reasons.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { addressOf } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames('mirror');
const mirror = createSuppressionMirror(redis, keys);

beforeEach(async () => {
  await redis.flushall();
});

const bob = addressOf('bob@dest.example');
const jane = addressOf('jane@acme.example');
const joe = addressOf('joe@acme.example');
const since = Date.UTC(2026, 10, 1, 12, 0, 0, 123);

function entryOf(scope: SuppressionScope, more: Partial<MirroredSuppression> = {}) {
  return { tenant: 'default', scope, reason: 'user_unknown', since, ...more };
}

const ofBob = { kind: 'address', address: bob } as const;
const ofPair = { kind: 'pair', address: bob, sender: jane } as const;
const ofDomain = { kind: 'domain', domain: 'dest.example' } as const;

async function* pages(...each: readonly (readonly MirroredSuppression[])[]) {
  await Promise.resolve();
  yield* each;
}

function digestOf(entries: readonly MirroredSuppression[]): string {
  return entries.map(suppressionDigest).reduce(joinDigests, emptyDigest);
}

describe('a look-up', () => {
  test('finds an address however it is written, of its tenant only', async () => {
    const entry = entryOf(ofBob);
    await mirror.put([entry]);
    expect(await mirror.find('default', addressOf('Bob@DEST.example'), jane)).toEqual(entry);
    expect(await mirror.find('other', bob, jane)).toBeUndefined();
    expect(await mirror.find('default', addressOf('bobby@dest.example'), jane)).toBeUndefined();
  });

  test('finds a pair for its sender only, and several pairs of an address', async () => {
    const ofJoe = entryOf({ ...ofPair, sender: joe }, { reason: 'manual' });
    await mirror.put([entryOf(ofPair), ofJoe]);
    expect(await mirror.find('default', bob, addressOf('Jane@acme.example'))).toEqual(
      entryOf(ofPair),
    );
    expect(await mirror.find('default', bob, joe)).toEqual(ofJoe);
    expect(await mirror.find('default', bob, addressOf('eve@acme.example'))).toBeUndefined();
    await mirror.remove([ofJoe]);
    expect(await mirror.find('default', bob, joe)).toBeUndefined();
    expect(await mirror.find('default', bob, jane)).toEqual(entryOf(ofPair));
  });

  test('finds a domain, not those above or below it', async () => {
    await mirror.put([entryOf(ofDomain)]);
    expect(await mirror.find('default', bob, jane)).toEqual(entryOf(ofDomain));
    for (const other of ['bob@mail.dest.example', 'bob@example.example']) {
      expect(await mirror.find('default', addressOf(other), jane)).toBeUndefined();
    }
  });

  test('tells the address before the pair, and the pair before the domain', async () => {
    await mirror.put([entryOf(ofDomain), entryOf(ofPair), entryOf(ofBob)]);
    const kindFound = async () => (await mirror.find('default', bob, jane))?.scope.kind;
    expect(await kindFound()).toBe('address');
    await mirror.remove([entryOf(ofBob)]);
    expect(await kindFound()).toBe('pair');
    await mirror.remove([entryOf(ofPair)]);
    expect(await kindFound()).toBe('domain');
  });

  test('does not find what has ended by the clock of Redis, but what holds besides it', async () => {
    const [seconds] = await redis.time();
    const now = Number(seconds) * 1000;
    await mirror.put([entryOf(ofBob, { expiresAt: now - 60_000 })]);
    expect(await mirror.find('default', bob, jane)).toBeUndefined();
    await mirror.put([entryOf(ofDomain)]);
    expect((await mirror.find('default', bob, jane))?.scope.kind).toBe('domain');
    const holds = entryOf(ofBob, { expiresAt: now + 60_000 });
    await mirror.put([holds]);
    expect(await mirror.find('default', bob, jane)).toEqual(holds);
  });

  test('of many recipients answers in their order', async () => {
    const recipients = ['a@x.example', bob, 'b@y.example', 'c@x.example'].map(addressOf);
    await mirror.put([entryOf(ofBob), entryOf({ kind: 'domain', domain: 'x.example' })]);
    const found = await mirror.findAll('default', recipients, jane);
    expect(found.map((each) => each?.scope.kind)).toEqual([
      'domain',
      'address',
      undefined,
      'domain',
    ]);
    expect(await mirror.findAll('default', [], jane)).toEqual([]);
  });

  test('reads every reason back, those without a number too', async () => {
    const reasons = [...bounceClasses, 'manual', 'import', 'unsubscribed', 'gdpr – gelöscht'];
    for (const reason of reasons) {
      await mirror.put([entryOf(ofBob, { reason })]);
      expect((await mirror.find('default', bob, jane))?.reason).toBe(reason);
    }
  });
});

test('every class that suppresses has a number', () => {
  const suppressing = bounceClasses.filter((name) => {
    const { transient, permanent } = classPolicies[name].suppression;
    return transient.kind !== 'never' || permanent.kind !== 'never';
  });
  expect(suppressing.length).toBeGreaterThan(8);
  expect(suppressing.filter((name) => !isSuppressionReason(name))).toEqual([]);
});

describe('the summary', () => {
  test('is that of the entries, whatever their order and however often they came', async () => {
    const entries = [
      entryOf(ofBob),
      entryOf(ofPair, { reason: 'something else', expiresAt: since + 1 }),
      entryOf(ofDomain, { tenant: 'other' }),
    ];
    const expected = { count: 3, digest: digestOf(entries) };
    await mirror.put(entries);
    expect(await mirror.summary()).toEqual(expected);
    await mirror.put(entries.toReversed());
    expect(await mirror.summary()).toEqual(expected);
    await mirror.rebuild(pages(entries.slice(1), entries.slice(0, 1)));
    expect(await mirror.summary()).toEqual(expected);
  });

  test('changes with every part of an entry', () => {
    const entry = entryOf(ofPair, { expiresAt: since + 5 });
    const others = [
      { ...entry, tenant: 'other' },
      { ...entry, reason: 'manual' },
      { ...entry, since: since + 1 },
      { ...entry, expiresAt: since + 6 },
      { ...entry, scope: ofBob },
      { ...entry, scope: ofDomain },
      { ...entry, scope: { ...ofPair, sender: joe } },
    ];
    expect(new Set([entry, ...others].map(suppressionDigest)).size).toBe(8);
  });

  test('follows replacements and removals down to nothing', async () => {
    expect(await mirror.summary()).toEqual({ count: 0, digest: emptyDigest });
    await mirror.put([entryOf(ofBob), entryOf(ofPair)]);
    const again = entryOf(ofBob, { reason: 'complaint' });
    await mirror.put([again]);
    expect(await mirror.summary()).toEqual({
      count: 2,
      digest: digestOf([again, entryOf(ofPair)]),
    });
    await mirror.remove([again, again, entryOf(ofPair), entryOf(ofDomain)]);
    expect(await mirror.summary()).toEqual({ count: 0, digest: emptyDigest });
    expect(await redis.keys('*suppressed:0:*')).toEqual([]);
  });
});

describe('a rebuild', () => {
  const other = entryOf({ kind: 'address', address: 'eve@dest.example' });

  test('replaces everything at its end, and leaves no key of what was before', async () => {
    await mirror.put([entryOf(ofBob)]);
    let before: unknown;
    await mirror.rebuild(
      (async function* look() {
        yield [other];
        before = [await mirror.find('default', bob, jane), await mirror.summary()];
      })(),
    );
    expect(before).toEqual([
      entryOf(ofBob),
      { count: 1, digest: suppressionDigest(entryOf(ofBob)) },
    ]);
    expect(await mirror.find('default', bob, jane)).toBeUndefined();
    expect(await mirror.find('default', addressOf('eve@dest.example'), jane)).toEqual(other);
    expect(await redis.keys('*')).toHaveLength(2);
  });

  test('loses no change that is made meanwhile, whether the entry was read before or after it', async () => {
    const fresh = entryOf(ofBob, { reason: 'complaint' });
    const stale = entryOf(ofBob);
    const gone = entryOf(ofDomain);
    const added = entryOf(ofPair);
    await mirror.put([stale, gone]);
    await mirror.rebuild(
      (async function* change() {
        yield [other];
        // What is yielded next was read from the database before these changes.
        await mirror.put([fresh, added]);
        await mirror.remove([gone]);
        expect(await mirror.find('default', bob, jane)).toEqual(fresh);
        yield [stale, gone];
      })(),
    );
    expect(await mirror.find('default', bob, jane)).toEqual(fresh);
    expect(await mirror.find('default', addressOf('x@dest.example'), jane)).toBeUndefined();
    const entries = [other, fresh, added];
    expect(await mirror.summary()).toEqual({ count: 3, digest: digestOf(entries) });
  });

  test('that broke off changes nothing; changes go on, and the next one takes over', async () => {
    await mirror.put([entryOf(ofBob)]);
    const broken = mirror.rebuild(
      (async function* breakOff() {
        yield [other];
        await Promise.resolve();
        throw new Error('the database went away');
      })(),
    );
    await expect(broken).rejects.toThrow('went away');
    await mirror.put([entryOf(ofPair)]);
    expect(await mirror.summary()).toEqual({
      count: 2,
      digest: digestOf([entryOf(ofBob), entryOf(ofPair)]),
    });
    await mirror.rebuild(pages([other]));
    expect(await mirror.summary()).toEqual({ count: 1, digest: suppressionDigest(other) });
    expect(await redis.keys('*')).toHaveLength(2);
  });

  test.each([
    ['before its last page', [[entryOf(ofDomain)]]],
    ['after it', []],
  ])('ends without effect when another one begins %s', async (_when, rest) => {
    await mirror.rebuild(
      (async function* overtaken() {
        yield [entryOf(ofBob)];
        await mirror.rebuild(pages([other]));
        yield* rest;
      })(),
    );
    expect(await mirror.summary()).toEqual({ count: 1, digest: suppressionDigest(other) });
  });

  test('keeps an entry in a few dozen bytes', async () => {
    const count = 100_000;
    const memory = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    const before = await memory();
    await mirror.rebuild(
      (async function* many() {
        await Promise.resolve();
        for (let page = 0; page < count; page += 1000) {
          yield Array.from({ length: 1000 }, (_, index) =>
            entryOf({ kind: 'address', address: `contact${page + index}@dest.example` }),
          );
        }
      })(),
    );
    expect((await mirror.summary()).count).toBe(count);
    expect(((await memory()) - before) / count).toBeLessThan(80);
  });
});
