import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { openLane, type Lane, type Submission } from '../../src/worker/lane.ts';
import { resolveRoute, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawRelay, type RawRelayOptions } from '../support/raw-relay.ts';

async function startRelay(options: RawRelayOptions = {}): Promise<RawRelay> {
  const relay = await startRawRelay(options);
  atEnd(async () => relay.stop());
  return relay;
}

const routeTo = (relay: RawRelay, more: Partial<RouteOptions> = {}) =>
  resolveRoute({ host: relay.host, port: relay.port, ...more }, 'crm.example');

async function laneTo(relay: RawRelay, more: Partial<RouteOptions> = {}): Promise<Lane> {
  const opening = await openLane(routeTo(relay, more));
  if (opening.kind !== 'open') throw new Error(JSON.stringify(opening));
  atEnd(() => opening.lane.abort('end'));
  return opening.lane;
}

function submission(more: Partial<Submission> = {}): Submission {
  return {
    envelope: {
      mailFrom: addressOf('b+x@bounce.crm.example'),
      rcptTo: [addressOf('bob@dest.example')],
    },
    message: Buffer.from('Subject: x\r\n\r\nHello\r\n.\r\n..two\r\nend\r\n'),
    beforeBody: async () => undefined,
    ...more,
  };
}

describe('a submission', () => {
  test('arrives byte for byte, dots and all, one after the other on one connection', async () => {
    const relay = await startRelay();
    const lane = await laneTo(relay);
    for (let count = 1; count <= 3; count += 1) {
      expect(await lane.submit(submission())).toMatchObject({
        kind: 'reply',
        reply: { code: 250, enhancedCode: '2.0.0' },
      });
      expect(lane).toMatchObject({ usable: true, carried: count });
    }
    expect(relay.received.map(({ message }) => message.toString())).toEqual(
      Array(3).fill(submission().message.toString()),
    );
    expect(relay.connectionCount).toBe(1);
    expect(relay.commands[0]).toBe('1 EHLO crm.example');
  });

  test('waits before its first byte, and sends none when that fails', async () => {
    const relay = await startRelay();
    const lane = await laneTo(relay);
    const seen: string[] = [];
    const taken = Object.assign(new Error('taken'), { code: 'ATTEMPT_TAKEN' });
    const outcome = await lane.submit(
      submission({
        async beforeBody() {
          seen.push(relay.commands.at(-1) ?? '', `received ${relay.received.length}`);
          throw taken;
        },
      }),
    );
    expect(seen).toEqual(['1 DATA', 'received 0']);
    expect(outcome).toEqual({ kind: 'interrupted', error: taken });
    expect(lane.usable).toBe(false);
    expect(relay.received).toEqual([]);
  });

  test.each([
    ['mail', false],
    ['rcpt', true],
    ['data', true],
  ] as const)('refused at %s asks for no body', async (stage, resets) => {
    const relay = await startRelay({
      script: () => ({ replies: { [stage]: '550 5.7.1 No' }, untilMail: 1 }),
    });
    const lane = await laneTo(relay);
    let asked = false;
    const outcome = await lane.submit(
      submission({
        async beforeBody() {
          asked = true;
        },
      }),
    );
    expect(outcome).toMatchObject({ kind: 'reply', reply: { code: 550, enhancedCode: '5.7.1' } });
    expect(asked).toBe(false);
    // The envelope that is still open is dropped together with the next one, without a round trip.
    expect(await lane.submit(submission())).toMatchObject({ reply: { code: 250 } });
    expect(relay.commands.includes('1 RSET')).toBe(resets);
    expect(relay.connectionCount).toBe(1);
  });

  test('aborted before the body is interrupted, after it broken', async () => {
    const silent = await startRelay({ script: () => ({ hangAt: 'rcpt' }) });
    const early = await laneTo(silent);
    const first = early.submit(submission());
    await silent.waitFor(({ commands }) => commands.some((line) => line.includes('RCPT')));
    early.abort('shutdown');
    expect(await first).toMatchObject({ kind: 'interrupted' });

    const slow = await startRelay({ script: () => ({ hangAt: 'dot' }) });
    const late = await laneTo(slow);
    const second = late.submit(submission());
    await slow.waitFor(({ received }) => received.length === 1);
    late.abort('shutdown');
    expect(await second).toEqual({
      kind: 'broken',
      bodyBegun: true,
      mayHaveArrived: true,
      reason: 'shutdown',
    });
  });

  test('aborted while it waits to begin sends nothing', async () => {
    const relay = await startRelay();
    const lane = await laneTo(relay);
    const outcome = await lane.submit(
      submission({
        async beforeBody() {
          lane.abort('shutdown');
        },
      }),
    );
    expect(outcome.kind).toBe('interrupted');
    expect(relay.received).toEqual([]);
  });
});

describe('opening', () => {
  test('a session that is refused is told with its reply', async () => {
    const relay = await startRelay({
      script: () => ({ replies: { greeting: '554 5.7.1 Go away' } }),
    });
    expect(await openLane(routeTo(relay))).toMatchObject({
      kind: 'session-refused',
      reply: { code: 554, enhancedCode: '5.7.1' },
    });
  });

  test.each(['greeting', 'ehlo'] as const)('silence at %s ends in time', async (hangAt) => {
    const relay = await startRelay({ script: () => ({ hangAt }) });
    const limits = { connectTimeoutMs: 200, replyTimeoutMs: 200 };
    expect(await openLane(routeTo(relay, limits))).toMatchObject({ kind: 'broken' });
  });

  test('no STARTTLS where it is required: nothing is sent in clear', async () => {
    const relay = await startRelay();
    const opening = await openLane(routeTo(relay, { requireTls: true }));
    expect(opening.kind).not.toBe('open');
    expect(relay.commands.filter((line) => /MAIL|AUTH/.test(line))).toEqual([]);
  });

  test('a login that the relay does not take never shows the password', async () => {
    const relay = await startRelay({ script: () => ({ extensions: ['AUTH PLAIN'] }) });
    const auth = { user: 'crm', password: 'planted-secret' };
    const opening = await openLane(routeTo(relay, { auth }));
    expect(opening.kind).toBe('session-refused');
    expect(JSON.stringify(opening)).not.toContain('planted-secret');
  });

  test('what is no mail server at all is broken, not a crash', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(() => server.close());
    const { port } = server.address() as AddressInfo;
    const route = resolveRoute({ host: '127.0.0.1', port }, 'crm.example');
    expect(await openLane(route)).toMatchObject({ kind: 'broken' });
  });
});
