import { describe, expect, test } from '@jest/globals';
import type { EmailAddress } from '../../src/mail/address.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createLanes } from '../../src/worker/lanes.ts';
import { wasOutOfOrder } from '../../src/worker/route-evidence.ts';
import { createRoutes, type TriedRoute } from '../../src/worker/routes.ts';
import { resolveRoutes, type RouteOptions } from '../../src/worker/route.ts';
import type { SubmitOutcome } from '../../src/worker/submission.ts';
import { startRawRelay, type RawRelayOptions } from '../support/raw-relay.ts';

/*
 * Routes over real connections to relays that are down, silent, full or flapping. Only the clock of
 * the circuits is the test's, so that it need not wait for them.
 */

const from = 'jane@acme.example' as EmailAddress;

/** Routes with their connections, and a clock for the circuits. */
function world(options: readonly RouteOptions[]) {
  let at = 1_000_000;
  const all = resolveRoutes(options, 'crm.example');
  const lanes = new Map(all.map((route) => [route.name, createLanes(route)]));
  const routes = createRoutes({
    routes: all,
    clock: { now: () => at },
    random: () => 0.5,
    logger: silentLogger,
  });
  const submissions: string[] = [];

  /** One turn of a send, as a worker does it. */
  const send = async (number: number): Promise<SubmitOutcome | 'later' | 'nowhere'> => {
    const tried: TriedRoute[] = [];
    for (;;) {
      const choice = routes.pick({ kind: 'single', from, tried });
      if (choice.kind !== 'use') return choice.kind;
      const { name } = choice.route;
      submissions.push(name);
      const over = lanes.get(name);
      if (over === undefined) throw new Error(`no lanes for ${name}`);
      const outcome = await over.submit({
        envelope: { mailFrom: from, rcptTo: ['bob@b.example' as EmailAddress] },
        message: Buffer.from(`Message-ID: <${number}@crm.example>\r\n\r\nHi\r\n`),
        beforeBody: async () => undefined,
      });
      choice.report(outcome);
      if (wasOutOfOrder(outcome)) tried.push({ name, why: 'down', reason: 'down' });
      else if (outcome.kind === 'unsendable') {
        tried.push({ name, why: 'unsendable', reason: outcome.reason });
      } else return outcome;
    }
  };

  return {
    routes,
    submissions,
    pass: (ms: number) => (at += ms),
    /** Sends so many, so many of them at once. */
    async sendMany(count: number, atOnce: number) {
      const outcomes: Awaited<ReturnType<typeof send>>[] = [];
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < count) outcomes.push(await send(next++));
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return outcomes;
    },
    over: (name: string) => submissions.filter((each) => each === name).length,
    [Symbol.dispose]() {
      for (const each of lanes.values()) each.abort('the test is over');
    },
  };
}

const isAccepted = (outcome: SubmitOutcome | 'later' | 'nowhere'): boolean =>
  typeof outcome === 'object' && outcome.kind === 'reply' && outcome.reply.code === 250;

async function closedPort(): Promise<number> {
  await using relay = await startRawRelay();
  return relay.port;
}

/** A route that is preferred and a spare one behind it. */
const pair = (port: number, sparePort: number, part: Partial<RouteOptions> = {}) => [
  { name: 'main', host: '127.0.0.1', port, ...part },
  { name: 'spare', host: '127.0.0.1', port: sparePort, priority: 20 },
];

describe('500 sends, 20 at once, a spare relay behind one that', () => {
  test.each<[string, RawRelayOptions['script'] | 'closed']>([
    ['is not there', 'closed'],
    ['is silent', () => ({ hangAt: 'greeting' })],
    ['hangs up at once', () => ({ closeAfter: 'greeting' })],
    ['refuses sessions', () => ({ replies: { greeting: '554 5.7.1 No service for you' } })],
    ['is busy', () => ({ replies: { greeting: '421 4.3.2 Too busy' }, closeAfter: 'greeting' })],
  ])('%s: all arrive, none costs an attempt', async (_what, script) => {
    await using spare = await startRawRelay();
    await using main = await startRawRelay(typeof script === 'function' ? { script } : {});
    const port = script === 'closed' ? await closedPort() : main.port;
    using sends = world(pair(port, spare.port, { connectTimeoutMs: 200 }));
    const outcomes = await sends.sendMany(500, 20);
    expect(outcomes.filter(isAccepted)).toHaveLength(500);
    expect(spare.received).toHaveLength(500);
    // Those that were on their way when the circuit opened, and those that began after each of the
    // four failures that did not open it yet.
    expect(sends.over('main')).toBeGreaterThanOrEqual(5);
    expect(sends.over('main')).toBeLessThanOrEqual(24);
    expect(sends.routes.health()[0]).toMatchObject({ state: 'open', workedCount: 0 });
  });
});

test('a relay that comes back is found by one probe at a time, and takes all again', async () => {
  await using spare = await startRawRelay();
  const port = await closedPort();
  using sends = world(pair(port, spare.port));
  await sends.sendMany(20, 1);
  sends.pass(2_000);
  const before = sends.over('main');
  await sends.sendMany(50, 10);
  // Still down: one probe, and another wait.
  expect(sends.over('main')).toBe(before + 1);
  await using main = await startRawRelay({ port });
  sends.pass(4_000);
  await sends.sendMany(50, 10);
  expect(sends.routes.health()[0]).toMatchObject({ state: 'closed' });
  const sparesShare = spare.received.length;
  await sends.sendMany(50, 10);
  expect(spare.received).toHaveLength(sparesShare);
  expect(main.received.length).toBeGreaterThan(50);
});

test('a relay that breaks every second session is left alone, and loses nothing', async () => {
  await using spare = await startRawRelay();
  await using main = await startRawRelay({
    script: (connection) =>
      connection % 2 === 0 ? { closeAfter: 'greeting' } : { closeAfter: 'reply' },
  });
  using sends = world(pair(main.port, spare.port));
  let opened = 0;
  for (let round = 0; round < 10; round += 1) {
    const outcomes = await sends.sendMany(40, 1);
    expect(outcomes.every(isAccepted)).toBe(true);
    if (sends.routes.health()[0]?.state !== 'closed') opened += 1;
    sends.pass(3_000);
  }
  expect(opened).toBeGreaterThan(5);
  expect(main.received.length + spare.received.length).toBe(400);
});

test('no relay at all: every send comes back later, and few of them knocked', async () => {
  const ports = [await closedPort(), await closedPort()] as const;
  using sends = world(pair(...ports));
  const outcomes = await sends.sendMany(1_000, 50);
  expect(new Set(outcomes)).toEqual(new Set(['later']));
  expect(sends.submissions.length).toBeLessThanOrEqual(100);
});

test('a mail too large for one relay goes over another; for all of them it goes nowhere', async () => {
  const small = { script: () => ({ extensions: ['SIZE 20'] }) };
  await using main = await startRawRelay(small);
  await using spare = await startRawRelay();
  using sends = world(pair(main.port, spare.port));
  expect((await sends.sendMany(10, 1)).every(isAccepted)).toBe(true);
  expect(main.received).toHaveLength(0);
  expect(spare.received).toHaveLength(10);
  // That a mail does not fit says nothing against the relay.
  expect(sends.routes.health()[0]).toMatchObject({ state: 'closed', failedCount: 0 });
  await using spareToo = await startRawRelay(small);
  using nowhere = world(pair(main.port, spareToo.port));
  expect(await nowhere.sendMany(1, 1)).toEqual(['nowhere']);
});
