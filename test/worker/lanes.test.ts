import { describe, expect, test } from '@jest/globals';
import { createLanes, type Lanes } from '../../src/worker/lanes.ts';
import type { Submission } from '../../src/worker/lane.ts';
import { resolveRoute, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawRelay, type RawRelayOptions } from '../support/raw-relay.ts';

async function start(
  options: RawRelayOptions = {},
  more: Partial<RouteOptions> = {},
): Promise<{ relay: RawRelay; lanes: Lanes }> {
  const relay = await startRawRelay(options);
  atEnd(async () => relay.stop());
  const { host, port } = relay;
  const lanes = createLanes(
    resolveRoute({ host, port, connectionsMax: 3, ...more }, 'crm.example'),
  );
  atEnd(() => lanes.abort('end'));
  return { relay, lanes };
}

function submission(recipient = 'bob@dest.example'): Submission {
  return {
    envelope: { mailFrom: addressOf('b@bounce.crm.example'), rcptTo: [addressOf(recipient)] },
    message: Buffer.from('Subject: x\r\n\r\nHello\r\n'),
    beforeBody: async () => undefined,
  };
}

const accepted = { kind: 'reply', reply: { code: 250 } };

describe('connections', () => {
  test('are never more than allowed, and all submissions get their turn', async () => {
    let now = 0;
    let most = 0;
    const { relay, lanes } = await start({
      async beforeReply() {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
      },
    });
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, async () => lanes.submit(submission())),
    );
    expect(outcomes).toMatchObject(Array(40).fill(accepted));
    expect(relay.received).toHaveLength(40);
    expect(relay.connectionCount).toBe(3);
    expect(most).toBeLessThanOrEqual(3);
    expect(lanes.open).toBe(3);
  });

  test('are used again, and said goodbye to', async () => {
    const { relay, lanes } = await start();
    for (let count = 0; count < 5; count += 1) await lanes.submit(submission());
    expect(relay.connectionCount).toBe(1);
    lanes.close();
    await relay.waitFor(({ commands }) => commands.at(-1) === '1 QUIT');
    expect(lanes.open).toBe(0);
  });

  test('that were idle too long are closed', async () => {
    const { relay, lanes } = await start({}, { idleMs: 20 });
    await lanes.submit(submission());
    await relay.waitFor(({ commands }) => commands.at(-1) === '1 QUIT');
    await lanes.submit(submission());
    expect(relay.connectionCount).toBe(2);
  });

  test('that broke give their place back', async () => {
    const { relay, lanes } = await start({
      script: (connection) => (connection <= 6 ? { closeAfter: 'dot' } : {}),
    });
    const outcomes = await Promise.all(
      Array.from({ length: 9 }, async () => lanes.submit(submission())),
    );
    const broken = outcomes.filter(({ kind }) => kind === 'broken');
    expect(broken).toEqual(
      Array(6).fill({
        kind: 'broken',
        bodyBegun: true,
        mayHaveArrived: true,
        reason: expect.anything(),
      }),
    );
    expect(outcomes.filter(({ kind }) => kind === 'reply')).toHaveLength(3);
    expect(relay.received).toHaveLength(9);
  });

  test('that a relay refuses give their place back', async () => {
    const { lanes } = await start({
      script: (connection) => (connection <= 4 ? { replies: { greeting: '421 4.3.2 Busy' } } : {}),
    });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async () => lanes.submit(submission())),
    );
    expect(outcomes.map(({ kind }) => kind).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'reply',
      'reply',
      ...Array<string>(4).fill('session-refused'),
    ]);
  });

  test('an error that nobody foresaw is an outcome too, and costs no place', async () => {
    const route = resolveRoute({ host: 'h', port: 1, connectionsMax: 1 }, 'crm.example');
    const lanes = createLanes(route, async () => Promise.reject(new Error('unforeseen')));
    const broken = {
      kind: 'broken',
      bodyBegun: false,
      mayHaveArrived: false,
      noSession: true,
      reason: 'unforeseen',
    };
    expect(await lanes.submit(submission())).toEqual(broken);
    expect(await lanes.submit(submission())).toEqual(broken);
  });
});

describe('an idle connection that the relay closed', () => {
  test('is replaced without anybody noticing', async () => {
    const { relay, lanes } = await start({ script: () => ({ closeAfter: 'reply' }) });
    for (let count = 1; count <= 4; count += 1) {
      expect(await lanes.submit(submission())).toMatchObject(accepted);
    }
    expect(relay.received).toHaveLength(4);
    expect(relay.connectionCount).toBe(4);
  });

  test('but one that dies after the body is not: the mail may have gone', async () => {
    const { relay, lanes } = await start({ script: () => ({ closeAfter: 'dot', fromMessage: 2 }) });
    expect(await lanes.submit(submission())).toMatchObject(accepted);
    expect(await lanes.submit(submission())).toMatchObject({ kind: 'broken', bodyBegun: true });
    expect(relay.received).toHaveLength(2);
    expect(relay.connectionCount).toBe(1);
  });
});

test('abort cuts what runs, what waits and what comes', async () => {
  const { relay, lanes } = await start({ script: () => ({ hangAt: 'rcpt' }) });
  const outcomes = Array.from({ length: 6 }, async () => lanes.submit(submission()));
  await relay.waitFor(
    ({ commands }) => commands.filter((line) => line.includes('RCPT')).length === 3,
  );
  lanes.abort('shutdown');
  expect(await Promise.all(outcomes)).toMatchObject(Array(6).fill({ kind: 'interrupted' }));
  expect(await lanes.submit(submission())).toMatchObject({
    kind: 'interrupted',
    error: { code: 'INTERRUPTED' },
  });
  expect(lanes.open).toBe(0);
});
