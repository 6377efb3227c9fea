import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import {
  attachment,
  attempt,
  body,
  contact,
  historyEntry,
  message,
  messageParty,
  send,
} from '../../db/sqlite/schema.ts';
import { historyTotals } from '../../src/history/store/totals.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { openOutcomeReader } from '../../src/queue/outcome-stream.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { deferral, mailbox, outcome } from '../support/history.ts';
import { atEnd } from '../support/leftovers.ts';
import { connectTo, contentWithFile, outcomeWorld } from '../support/outcome-world.ts';
import { startTestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';

const server = await startTestRedis();
const bob = mailbox('bob@client.example', 'Bob Poe');
const eve = mailbox('eve@client.example');
const quickClock: Clock = { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(5, signal) };

describe('the outcome consumer', () => {
  test('writes events with their content, fetched once, and leaves an empty stream', async () => {
    const { redis, keys, contents, database, add, start, reader, fetched } =
      await outcomeWorld(server);
    const contentKey = await contents.put('default', contentWithFile(bob, eve), Date.now());
    await add(
      deferral('m1', bob.address, { contentKey }),
      outcome('m1', eve.address, { contentKey }),
      outcome('m1', bob.address, { contentKey, attempt: 2 }),
    );
    const consumer = start();
    await consumer.appended(3);
    await consumer.stop();
    expect(fetched).toEqual([contentKey]);
    const { orm } = database;
    expect(orm.select().from(send).all()).toHaveLength(2);
    expect(orm.select().from(historyEntry).all()).toHaveLength(2);
    expect(orm.select().from(body).all()).toEqual([
      expect.objectContaining({ text: 'Good day,\n', html: null }),
    ]);
    expect(orm.select().from(attachment).get()).toMatchObject({
      filename: 'a.txt',
      sizeBytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(await reader.backlog()).toEqual({ length: 0, unacknowledged: 0 });
    expect(await redis.xlen(keys.outcomes)).toBe(0);
  });

  test('writes each send of a template as its own message: filled subject, recipient, variables', async () => {
    const { contents, database, add, start } = await outcomeWorld(server);
    const template: MessageContent = {
      ...contentWithFile(),
      template: true,
      subject: 'For {{ name }}',
      text: 'Hello {{ name }}',
    };
    const contentKey = await contents.put('default', template, Date.now());
    const of = (to: typeof bob, name: string) => ({
      contentKey,
      to,
      subject: `For ${name}`,
      variables: { name },
    });
    await add(
      outcome('m1', bob.address, of(bob, 'Bob')),
      outcome('m2', eve.address, of(eve, 'Eve {{ name }}')),
    );
    const consumer = start();
    await consumer.appended(2);
    await consumer.stop();
    const { orm } = database;
    expect(orm.select().from(message).all()).toMatchObject([
      { subject: 'For Bob', variables: { name: 'Bob' } },
      { subject: 'For Eve {{ name }}', variables: { name: 'Eve {{ name }}' } },
    ]);
    // The templates as they are: whoever shows a body fills it.
    expect(orm.select().from(body).all()).toMatchObject([
      { text: 'Hello {{ name }}' },
      { text: 'Hello {{ name }}' },
    ]);
    expect(orm.select().from(messageParty).all()).toMatchObject([
      { role: 'to', address: bob.address, name: 'Bob Poe' },
      { role: 'to', address: eve.address, name: null },
    ]);
    expect(orm.select().from(contact).all()).toMatchObject([{ name: 'Bob Poe' }, { name: null }]);
  });

  test('a content that has expired, or cannot be read, costs the body and raises an alarm', async () => {
    const { redis, database, add, start, lines, keys } = await outcomeWorld(server);
    await redis.set(keys.content('damaged'), 'not a content');
    await add(
      outcome('m1', bob.address, { contentKey: 'expired' }),
      outcome('m2', bob.address, { contentKey: 'damaged' }),
    );
    const consumer = start();
    await consumer.appended(2);
    await consumer.stop();
    expect(database.orm.select().from(historyEntry).all()).toHaveLength(2);
    expect(database.orm.select().from(body).all()).toEqual([]);
    expect(lines()).toEqual([
      expect.objectContaining({ event: 'content-missing', level: 50, contentKey: 'expired' }),
      expect.objectContaining({ event: 'content-unreadable', level: 50, contentKey: 'damaged' }),
    ]);
  });

  test('what it cannot read stays in the stream with an alarm; the rest goes on', async () => {
    const { redis, add, start, lines, keys, reader } = await outcomeWorld(server);
    await add(outcome('m1', bob.address));
    const damaged = await redis.xadd(keys.outcomes, '*', 'event', '{"v":1}');
    const newer = await redis.xadd(keys.outcomes, '*', 'event', '{"v":2}');
    await add(outcome('m2', bob.address));
    const consumer = start();
    await consumer.appended(2);
    await consumer.stop();
    expect(lines().filter((line) => line.event === 'outcome-unreadable')).toEqual([
      expect.objectContaining({ level: 50, entryId: damaged, code: 'INVALID_EVENT' }),
      expect.objectContaining({ level: 50, entryId: newer, code: 'NEWER_VERSION' }),
    ]);
    expect((await reader.backlog()).unacknowledged).toBe(2);
    const left = (await redis.xrange(keys.outcomes, '-', '+')).map(([entryId]) => entryId);
    expect(left).toEqual(expect.arrayContaining([damaged, newer]));
  });

  test('an event that the database refuses does not hold up the others', async () => {
    const { database, add, start, lines, reader } = await outcomeWorld(server);
    // Its content is of a shape that no table takes.
    const odd = {
      ...contentWithFile(bob),
      subject: { not: 'a text' },
    } as unknown as MessageContent;
    await add(
      outcome('m1', bob.address),
      outcome('odd', bob.address, { contentKey: 'odd' }),
      outcome('m2', bob.address),
    );
    const consumer = start({
      contents: {
        get: async (_tenant, contentKey) =>
          Promise.resolve(contentKey === 'odd' ? odd : contentWithFile(bob)),
      },
    });
    await consumer.appended(2);
    await consumer.stop();
    expect(database.orm.select().from(message).all()).toHaveLength(2);
    expect(lines()).toEqual([
      expect.objectContaining({ event: 'outcome-refused', level: 50, entryId: expect.any(String) }),
    ]);
    expect((await reader.backlog()).unacknowledged).toBe(1);
  });

  test('contents above the memory bound are written in portions', async () => {
    const { contents, database, add, start } = await outcomeWorld(server);
    for (let index = 0; index < 12; index += 1) {
      const content = { ...contentWithFile(bob), text: `${index} `.repeat(30_000) };
      const contentKey = await contents.put('default', content, Date.now());
      await add(outcome(`m${index}`, bob.address, { contentKey }));
    }
    const consumer = start({ heldBytesMax: 300_000 });
    await consumer.appended(12);
    await consumer.stop();
    expect(consumer.recorded.map((each) => each.appended)).toEqual([4, 4, 4]);
    expect(database.orm.select().from(body).all()).toHaveLength(12);
  });

  test('a database that is busy is tried again, and everything is written once', async () => {
    const { database, add, start, lines } = await outcomeWorld(server);
    database.orm.$client.pragma('busy_timeout = 0');
    await add(outcome('m1', bob.address, { contentKey: 'none' }));
    const other = new Database(database.file);
    other.exec('begin immediate');
    let pauses = 0;
    const clock: Clock = {
      now: () => Date.now(),
      async sleep(ms, signal) {
        // Once the way is free, time passes as it does: a stop waits for the batch in hand.
        if (!other.open) return systemClock.sleep(ms, signal);
        pauses += 1;
        if (pauses === 3) other.close();
      },
    };
    const consumer = start({ clock });
    await consumer.appended(1);
    await consumer.stop();
    expect(pauses).toBe(3);
    const events = lines().map((line) => line.event);
    expect(events.filter((event) => event === 'outcomes-stopped')).toHaveLength(1);
    expect(events.at(-1)).toBe('outcomes-resumed');
    expect(database.orm.select().from(attempt).all()).toHaveLength(1);
  });

  test('Redis crashes and comes back: one line, and nothing is lost or doubled', async () => {
    const { database, add, start, lines } = await outcomeWorld(server);
    const consumer = start({ clock: quickClock });
    await add(outcome('m1', bob.address));
    await consumer.appended(1);
    await server.stop('SIGKILL');
    await eventually(() => lines().some((line) => line.event === 'outcomes-stopped'), {
      what: 'the consumer to notice',
    });
    await server.start();
    await eventually(() => lines().some((line) => line.event === 'outcomes-resumed'), {
      what: 'the consumer to go on',
    });
    await add(outcome('m2', bob.address));
    await consumer.appended(2);
    await consumer.stop();
    expect(lines().filter((line) => line.event === 'outcomes-stopped')).toHaveLength(1);
    expect(database.orm.select().from(attempt).all()).toHaveLength(2);
  });

  test('stops at once while it waits, also for a Redis that does not come back', async () => {
    const waiting = (await outcomeWorld(server)).start({ waitMs: 60_000 });
    await waiting.stop();
    const away = await outcomeWorld(server, 'wait');
    const consumer = away.start();
    await server.stop();
    await consumer.stop();
    await server.start();
    expect(consumer.recorded).toEqual([]);
  });

  test('killed between commit and acknowledgement, again and again: each event exactly once', async () => {
    const { database, add, start, keys, prefix, reader, contents } = await outcomeWorld(server);
    const contentKey = await contents.put('default', contentWithFile(bob), Date.now());
    const events = Array.from({ length: 250 }, (_, index) =>
      outcome(`m${index}`, bob.address, { contentKey }),
    );
    await add(...events);
    for (const lastBatch of ['1', '2']) {
      const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
      const child = spawn(
        process.execPath,
        [
          '--import',
          at('../support/typescript-loader.mjs'),
          at('consumer-process.ts'),
          server.url,
          prefix,
          database.file,
          lastBatch,
        ],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      atEnd(() => child.kill('SIGKILL'));
      expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
    }
    // The second process acknowledged the first batch, which came to it again, and left the second.
    expect((await reader.backlog()).unacknowledged).toBe(200);
    expect((await historyTotals(database)).sends.accepted).toBe(100);
    const successor = await openOutcomeReader({
      redis: await connectTo(server),
      keys,
      group: 'history',
    });
    atEnd(() => successor.close());
    const consumer = start({ reader: successor, batchMax: 50 });
    await consumer.appended(150);
    await consumer.stop();
    expect(consumer.recorded.reduce((sum, each) => sum + each.duplicates, 0)).toBe(50);
    const totals = await historyTotals(database);
    expect(totals.sends.accepted).toBe(250);
    expect(totals.entries.accepted).toBe(250);
    expect(totals.attempts.accepted).toBe(250);
    expect((await successor.backlog()).unacknowledged).toBe(0);
  }, 30_000);
});
