import { describe, expect, test } from '@jest/globals';
import { openLane, type Lane, type Submission } from '../../src/worker/lane.ts';
import { createLanes } from '../../src/worker/lanes.ts';
import { resolveRoute, type Route, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawRelay, type RawRelayOptions } from '../support/raw-relay.ts';

async function startRelay(options: RawRelayOptions = {}): Promise<RawRelay> {
  const relay = await startRawRelay(options);
  atEnd(async () => relay.stop());
  return relay;
}

const routeTo = (relay: RawRelay, more: Partial<RouteOptions> = {}): Route =>
  resolveRoute({ host: relay.host, port: relay.port, ...more }, 'crm.example');

async function laneTo(relay: RawRelay, more: Partial<RouteOptions> = {}): Promise<Lane> {
  const opening = await openLane(routeTo(relay, more));
  if (opening.kind !== 'open') throw new Error(JSON.stringify(opening));
  atEnd(() => opening.lane.abort('end'));
  return opening.lane;
}

const submission = (more: Partial<Submission> = {}): Submission => ({
  envelope: {
    mailFrom: addressOf('b@bounce.crm.example'),
    rcptTo: [addressOf('bob@dest.example')],
  },
  message: Buffer.from('Subject: x\r\n\r\nHello\r\n'),
  beforeBody: async () => undefined,
  ...more,
});

const accepted = { kind: 'reply', reply: { code: 250 } };
const lost = { kind: 'broken', bodyBegun: false, mayHaveArrived: false };

describe('chaining', () => {
  test('the next envelope is there before the message is answered; its body waits', async () => {
    const seen: string[] = [];
    const relay = await startRelay({
      async beforeReply(mail) {
        seen.push(`${mail.messageId} answered, ${began} begun`);
      },
    });
    let began = 0;
    const lane = await laneTo(relay);
    const beforeBody = async (): Promise<void> => {
      began += 1;
    };
    const outcomes = await Promise.all([
      lane.submit(submission({ beforeBody })),
      lane.submit(submission({ beforeBody })),
      lane.submit(submission({ beforeBody })),
    ]);
    expect(outcomes).toMatchObject([accepted, accepted, accepted]);
    expect(seen).toEqual([1, 2, 3].map((count) => ` answered, ${count} begun`));
    expect(lane).toMatchObject({ carried: 3, chains: true, outOfStep: false, usable: true });
  });

  test('an envelope that comes while the message is on its way need not wait either', async () => {
    let second: Promise<unknown> | undefined;
    const relay: RawRelay = await startRelay({
      async beforeReply() {
        second ??= lane.submit(submission());
      },
      script: () => ({ replies: { dot: '250 2.0.0 Ok' } }),
    });
    const lane = await laneTo(relay);
    expect(await lane.submit(submission())).toMatchObject(accepted);
    expect(await second).toMatchObject(accepted);
    // The first might have been refused.
    expect(relay.commands.filter((line) => line.endsWith('RSET'))).toEqual(['1 RSET']);
  });

  test.each([
    [
      'the group is forgotten',
      (line: string) => (line.startsWith('MAIL') ? '503 5.5.1 Bad' : undefined),
    ],
    [
      'MAIL is not understood',
      (line: string) => (line.startsWith('MAIL') ? '500 5.5.2 What' : undefined),
    ],
  ])('%s: the submission was not sent, and the relay is marked', async (_what, answer) => {
    let mails = 0;
    const relay = await startRelay({
      answerTo(line) {
        if (line.startsWith('MAIL')) mails += 1;
        return mails === 2 ? answer(line) : undefined;
      },
    });
    const lane = await laneTo(relay);
    const outcomes = await Promise.all([lane.submit(submission()), lane.submit(submission())]);
    expect(outcomes).toMatchObject([accepted, lost]);
    expect(lane).toMatchObject({ outOfStep: true, chains: false, usable: false });
  });

  test('one reply too many is out of step', async () => {
    const relay = await startRelay({
      script: () => ({ replies: { dot: '250 2.0.0 Ok\r\n250 2.0.0 Ok again' } }),
    });
    const lane = await laneTo(relay);
    await lane.submit(submission());
    const { outcome } = { outcome: await lane.submit(submission()) };
    expect(outcome).toMatchObject(lost);
    expect(lane.outOfStep).toBe(true);
  });

  test('is not done where it is off, or nothing is offered', async () => {
    const off = await laneTo(await startRelay(), { chaining: 'off' });
    expect(off.chains).toBe(false);
    const plain = await startRelay({ script: () => ({ extensions: ['SIZE'] }) });
    expect((await laneTo(plain)).chains).toBe(false);
  });
});

describe('connections that chain', () => {
  test('carry twice what they are; nothing waits for a round trip', async () => {
    let held: (() => void) | undefined;
    const relay = await startRelay({
      beforeReply: async () =>
        new Promise<void>((resolve) => {
          held = resolve;
        }),
    });
    const lanes = createLanes(routeTo(relay, { connectionsMax: 1 }));
    atEnd(() => lanes.abort('end'));
    expect(lanes.capacity).toBe(2);
    const mails: string[] = [];
    const outcomes = [1, 2, 3].map(async (n) =>
      lanes.submit(submission({ beforeMail: () => mails.push(`mail ${n}`) })),
    );
    await relay.waitFor(({ received }) => received.length === 1);
    expect(mails).toEqual(['mail 1', 'mail 2']);
    for (let count = 1; count <= 3; count += 1) {
      await relay.waitFor(({ received }) => received.length === count);
      held?.();
      held = undefined;
    }
    expect(await Promise.all(outcomes)).toMatchObject([accepted, accepted, accepted]);
    expect(relay.connectionCount).toBe(1);
  });

  test('that lose what rode behind send it over another, and stop to chain', async () => {
    // A relay that throws away what is sent behind a message, as some gateways do.
    let behind = false;
    const relay = await startRelay({
      script: (connection) => (connection === 1 ? { hangAt: 'mail', fromMessage: 2 } : {}),
      async beforeReply() {
        behind = true;
      },
    });
    const lanes = createLanes(routeTo(relay, { connectionsMax: 1, replyTimeoutMs: 100 }));
    atEnd(() => lanes.abort('end'));
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => lanes.submit(submission())));
    expect(outcomes).toMatchObject(Array(6).fill(accepted));
    expect(behind).toBe(true);
    expect(relay.received).toHaveLength(6);
    expect(lanes.capacity).toBe(1);
    // Two were on the first connection when it fell silent; each got a new one.
    expect(relay.connectionCount).toBe(3);
  });

  test.each([
    ['after one message: what rides behind is always lost, so nothing does any more', 1, 2],
    ['after two: half of it is, and it still pays', 2, 4],
  ])('that the relay closes %s', async (_what, fromMessage, capacity) => {
    const relay = await startRelay({ script: () => ({ closeAfter: 'reply', fromMessage }) });
    const lanes = createLanes(routeTo(relay, { connectionsMax: 2 }));
    atEnd(() => lanes.abort('end'));
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, async () => lanes.submit(submission())),
    );
    expect(outcomes).toMatchObject(Array(40).fill(accepted));
    expect(relay.received).toHaveLength(40);
    expect(lanes.capacity).toBe(capacity);
  });

  test('hand over all when they are cut', async () => {
    const relay = await startRelay({ script: () => ({ hangAt: 'dot' }) });
    const lanes = createLanes(routeTo(relay, { connectionsMax: 1 }));
    const outcomes = Array.from({ length: 4 }, async () => lanes.submit(submission()));
    await relay.waitFor(({ received }) => received.length === 1);
    lanes.abort('shutdown');
    expect(await Promise.all(outcomes)).toMatchObject([
      { kind: 'broken', mayHaveArrived: true, reason: 'shutdown' },
      { kind: 'interrupted' },
      { kind: 'interrupted' },
      { kind: 'interrupted' },
    ]);
  });
});

describe('while the ledger is asked', () => {
  test.each([
    ['451 4.4.2 Too slow', { kind: 'reply', reply: { code: 451 } }],
    ['421 4.4.2 Too slow', { kind: 'reply', reply: { code: 421 } }],
    ['250 2.0.0 Accepted', { ...lost, reason: expect.stringMatching(/did not wait/) }],
  ])('the relay says %s: nothing is sent', async (words, ending) => {
    let go: (() => void) | undefined;
    const relay = await startRelay({
      script: () => ({ replies: { data: `354 go\r\n${words}` } }),
    });
    const lane = await laneTo(relay);
    const outcome = lane.submit(
      submission({
        beforeBody: async () =>
          new Promise<void>((resolve) => {
            go = resolve;
          }),
      }),
    );
    await relay.waitFor(({ commands }) => commands.at(-1) === '1 DATA');
    while (lane.usable) await new Promise((resolve) => setImmediate(resolve));
    go?.();
    expect(await outcome).toMatchObject(ending);
    expect(relay.received).toEqual([]);
  });

  test('the outcome waits for it, whatever happens to the connection', async () => {
    let go: (() => void) | undefined;
    const relay = await startRelay();
    const lane = await laneTo(relay);
    let over = false;
    const outcome = lane
      .submit(
        submission({
          beforeBody: async () =>
            new Promise<void>((resolve) => {
              go = resolve;
            }),
        }),
      )
      .then((value) => {
        over = true;
        return value;
      });
    while (go === undefined) await new Promise((resolve) => setImmediate(resolve));
    await relay.stop();
    while (lane.usable) await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    go();
    expect(await outcome).toMatchObject(lost);
  });
});

test('what is stopped right before MAIL sends nothing and costs no connection', async () => {
  const relay = await startRelay();
  const lane = await laneTo(relay);
  const late = new Error('too late for its slot');
  const stopped = submission({
    beforeMail() {
      throw late;
    },
  });
  const outcomes = await Promise.all([
    lane.submit(stopped),
    lane.submit(submission()),
    lane.submit(stopped),
    lane.submit(submission()),
  ]);
  const interrupted = { kind: 'interrupted', error: late };
  expect(outcomes).toMatchObject([interrupted, accepted, interrupted, accepted]);
  expect(relay.commands.filter((line) => line.includes('MAIL'))).toHaveLength(2);
});

test('a second recipient that is refused changes nothing, the first one all', async () => {
  for (const first of [true, false]) {
    const relay = await startRelay({
      answerTo: (line) =>
        line.includes(first ? 'bob' : 'archive') && line.startsWith('RCPT')
          ? '550 5.1.1 No'
          : undefined,
    });
    const lane = await laneTo(relay);
    const rcptTo = [addressOf('bob@dest.example'), addressOf('archive@crm.example')];
    const outcome = await lane.submit(
      submission({ envelope: { mailFrom: addressOf('b@bounce.crm.example'), rcptTo } }),
    );
    expect(outcome).toMatchObject(first ? { reply: { code: 550 } } : accepted);
    expect(relay.received).toHaveLength(first ? 0 : 1);
    // The archive must not get an empty message instead.
    expect(lane.usable).toBe(!first);
  }
});
