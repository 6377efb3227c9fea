import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import {
  openOutcomeReader,
  readOutcomeBacklog,
  registerOutcomeGroup,
  type OutcomeReader,
} from '../../src/queue/outcome-stream.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleEvent, sampleJob } from './sample-send.ts';

const server = await startTestRedis();
const redis = new Redis(server.url, {
  maxRetriesPerRequest: null,
  // To close a connection that is lost already starts a timer that holds jest's process for so long.
  disconnectTimeout: 100,
});
redis.on('error', () => undefined);
atEnd(() => redis.disconnect());

const job = sampleJob();
let streams = 0;

/** A stream of its own with so many events, attempts 1, 2, 3 … */
async function newStream(events: number): Promise<KeyNames> {
  streams += 1;
  const keys = keyNames(`stream${streams}`);
  await add(keys, 1, events);
  return keys;
}

async function add(keys: KeyNames, from: number, to: number): Promise<void> {
  for (let attempt = from; attempt <= to; attempt += 1) {
    await redis.xadd(keys.outcomes, '*', 'event', JSON.stringify(sampleEvent(job, attempt)));
  }
}

async function open(keys: KeyNames, group: string): Promise<OutcomeReader> {
  const reader = await openOutcomeReader({ redis, keys, group });
  atEnd(async () => reader.close());
  return reader;
}

/** Reads once; tells the attempts, and acknowledges them on request. */
async function take(reader: OutcomeReader, max: number, acknowledge = true): Promise<number[]> {
  const { events } = await reader.read(max, 20);
  if (acknowledge) await reader.acknowledge(events.map(({ entryId }) => entryId));
  return events.map(({ event }) => event.attempt);
}

const lengthOf = async (keys: KeyNames): Promise<number> => redis.xlen(keys.outcomes);

describe('reading', () => {
  test('begins with the oldest entry, goes on in order, ends empty', async () => {
    const keys = await newStream(5);
    const reader = await open(keys, 'history');
    expect(await take(reader, 2)).toEqual([1, 2]);
    expect(await take(reader, 2)).toEqual([3, 4]);
    expect(await take(reader, 2)).toEqual([5]);
    expect(await take(reader, 2)).toEqual([]);
  });

  test('wakes up for what comes while it waits', async () => {
    const keys = await newStream(0);
    const reader = await open(keys, 'history');
    const reading = reader.read(10, 10_000);
    await add(keys, 1, 1);
    expect((await reading).events.map(({ event }) => event.attempt)).toEqual([1]);
  });

  test('after a crash, first gives again what was never acknowledged', async () => {
    const keys = await newStream(6);
    const first = await open(keys, 'history');
    expect(await take(first, 2)).toEqual([1, 2]);
    expect(await take(first, 3, false)).toEqual([3, 4, 5]);
    await first.close();
    const second = await open(keys, 'history');
    expect(await take(second, 2)).toEqual([3, 4]);
    expect(await take(second, 2)).toEqual([5]);
    expect(await take(second, 2)).toEqual([6]);
    expect(await lengthOf(keys)).toBe(0);
  });

  test('every group sees all', async () => {
    const keys = await newStream(3);
    expect(await take(await open(keys, 'history'), 10)).toEqual([1, 2, 3]);
    expect(await take(await open(keys, 'bystander'), 10)).toEqual([]);
    await add(keys, 4, 4);
    expect(await take(await open(keys, 'history'), 10)).toEqual([4]);
    expect(await take(await open(keys, 'bystander'), 10)).toEqual([4]);
  });
});

describe('entries that cannot be read', () => {
  test('are reported, block nobody and are not dropped', async () => {
    const keys = await newStream(1);
    const newer = JSON.stringify({ ...sampleEvent(job, 2), v: 2 });
    await redis.xadd(keys.outcomes, '*', 'event', newer);
    await redis.xadd(keys.outcomes, '*', 'event', '{damaged');
    await redis.xadd(keys.outcomes, '*', 'something', 'else');
    await add(keys, 5, 5);
    const reader = await open(keys, 'history');
    const batch = await reader.read(10, 20);
    expect(batch.events.map(({ event }) => event.attempt)).toEqual([1, 5]);
    expect(batch.unreadable.map(({ error }) => error)).toMatchObject([
      { code: 'NEWER_VERSION' },
      { code: 'INVALID_EVENT' },
      { code: 'INVALID_EVENT' },
    ]);
    await reader.acknowledge(batch.events.map(({ entryId }) => entryId));
    // All from the first unreadable one on stays.
    expect(await lengthOf(keys)).toBe(4);
    await add(keys, 6, 6);
    expect(await take(reader, 10)).toEqual([6]);
    expect(await reader.backlog()).toEqual({ length: 5, unacknowledged: 3 });
    // A successor that may know more is given them again.
    const successor = await open(keys, 'history');
    const again = await successor.read(2, 20);
    expect(again.unreadable).toHaveLength(2);
    expect((await successor.read(2, 20)).unreadable).toHaveLength(1);
    expect(await take(successor, 2)).toEqual([]);
  });
});

describe('trimming', () => {
  test('waits for every registered group', async () => {
    const keys = await newStream(4);
    const history = await open(keys, 'history');
    const bystander = await open(keys, 'bystander');
    expect(await take(history, 10)).toEqual([1, 2, 3, 4]);
    expect(await lengthOf(keys)).toBe(4);
    expect(await take(bystander, 1)).toEqual([1]);
    expect(await lengthOf(keys)).toBe(3);
    expect(await take(bystander, 10)).toEqual([2, 3, 4]);
    expect(await lengthOf(keys)).toBe(0);
  });

  test('waits for a group that never read', async () => {
    const keys = await newStream(3);
    await registerOutcomeGroup(redis, keys, 'asleep');
    expect(await take(await open(keys, 'history'), 10)).toEqual([1, 2, 3]);
    expect(await lengthOf(keys)).toBe(3);
    expect(await take(await open(keys, 'asleep'), 10)).toEqual([1, 2, 3]);
    expect(await lengthOf(keys)).toBe(0);
  });

  test('waits for a group that read and did not acknowledge', async () => {
    const keys = await newStream(4);
    const slow = await open(keys, 'slow');
    const { events } = await slow.read(3, 20);
    expect(await take(await open(keys, 'history'), 10)).toEqual([1, 2, 3, 4]);
    expect(await lengthOf(keys)).toBe(4);
    // Out of order: the first one holds the rest.
    await slow.acknowledge(events.slice(1).map(({ entryId }) => entryId));
    expect(await lengthOf(keys)).toBe(4);
    await slow.acknowledge(events.slice(0, 1).map(({ entryId }) => entryId));
    expect(await lengthOf(keys)).toBe(1);
  });

  test('compares entry ids as numbers', async () => {
    const keys = await newStream(0);
    const json = JSON.stringify(sampleEvent(job, 1));
    for (const id of ['9-1', '9-2', '9-10', '10-1', '100-0']) {
      await redis.xadd(keys.outcomes, id, 'event', json);
    }
    const slow = await open(keys, 'slow');
    const history = await open(keys, 'history');
    const remaining = async (): Promise<readonly string[]> =>
      (await redis.xrange(keys.outcomes, '-', '+')).map(([id]) => id);
    await history.acknowledge((await history.read(10, 20)).events.map(({ entryId }) => entryId));
    for (const left of [
      ['9-2', '9-10', '10-1', '100-0'],
      ['9-10', '10-1', '100-0'],
      ['10-1', '100-0'],
      ['100-0'],
      [],
    ]) {
      await slow.acknowledge((await slow.read(1, 20)).events.map(({ entryId }) => entryId));
      expect(await remaining()).toEqual(left);
    }
  });
});

describe('the backlog', () => {
  test('counts what is not acknowledged, read or not', async () => {
    const keys = await newStream(5);
    expect(await readOutcomeBacklog(redis, keys, 'nobody')).toEqual({
      length: 5,
      unacknowledged: 5,
    });
    await registerOutcomeGroup(redis, keys, 'asleep');
    const reader = await open(keys, 'history');
    expect(await reader.backlog()).toEqual({ length: 5, unacknowledged: 5 });
    await take(reader, 2);
    expect(await reader.backlog()).toEqual({ length: 5, unacknowledged: 3 });
    await take(reader, 2, false);
    expect(await reader.backlog()).toEqual({ length: 5, unacknowledged: 3 });
    await take(reader, 2);
    expect(await reader.backlog()).toEqual({ length: 5, unacknowledged: 2 });
    expect(await readOutcomeBacklog(redis, keys, 'asleep')).toEqual({
      length: 5,
      unacknowledged: 5,
    });
  });

  test('is zero where there is no stream', async () => {
    const none = keyNames('no-such-stream');
    expect(await readOutcomeBacklog(redis, none, 'history')).toEqual({
      length: 0,
      unacknowledged: 0,
    });
  });
});

describe('when Redis loses the stream', () => {
  test('a reader at its end fails once, then reads what comes', async () => {
    const keys = await newStream(2);
    const reader = await open(keys, 'history');
    expect(await take(reader, 10)).toEqual([1, 2]);
    expect(await take(reader, 10)).toEqual([]);
    await redis.flushall();
    await expect(reader.read(10, 20)).rejects.toThrow('NOGROUP');
    await add(keys, 3, 3);
    expect(await take(reader, 10)).toEqual([3]);
  });

  test('so does one that has not read yet', async () => {
    const keys = await newStream(2);
    const reader = await open(keys, 'history');
    await redis.flushall();
    await expect(reader.read(10, 20)).rejects.toThrow('NOGROUP');
    await add(keys, 3, 3);
    expect(await take(reader, 10)).toEqual([3]);
  });

  test('an acknowledgement of what is gone does nothing', async () => {
    const keys = await newStream(2);
    const reader = await open(keys, 'history');
    const { events } = await reader.read(10, 20);
    await redis.flushall();
    await reader.acknowledge(events.map(({ entryId }) => entryId));
    expect(await reader.backlog()).toEqual({ length: 0, unacknowledged: 0 });
  });
});

test('a restart of Redis costs no entry', async () => {
  const keys = await newStream(3);
  const reader = await open(keys, 'history');
  expect(await take(reader, 1, false)).toEqual([1]);
  await server.restart('SIGKILL');
  const seen: number[] = [];
  while (!seen.includes(3)) {
    // The first read may meet the connection that is gone.
    const { events } = await reader.read(10, 100).catch(() => ({ events: [] }));
    await reader.acknowledge(events.map(({ entryId }) => entryId));
    seen.push(...events.map(({ event }) => event.attempt));
  }
  const successor = await open(keys, 'history');
  expect([...seen, ...(await take(successor, 10))].toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
});
