import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { openLane, type Lane, type Submission } from '../../src/worker/lane.ts';
import { openLibraryLane } from '../../src/worker/library-lane.ts';
import { connectRelay } from '../../src/worker/connect-relay.ts';
import { resolveRoute, type Route, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { makeCertificate } from '../support/certificate.ts';
import { atEnd } from '../support/leftovers.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { startRawRelay } from '../support/raw-relay.ts';

const certificate = makeCertificate();
const secret = 'planted-säcret';

interface Server {
  readonly port: number;
  readonly received: Buffer[];
  /** How each session was: over TLS or not, and who had logged in. */
  readonly sessions: string[];
}

/** The npm smtp-server, another implementation than ours. */
async function startServer(options: SMTPServerOptions): Promise<Server> {
  const received: Buffer[] = [];
  const sessions: string[] = [];
  const server = new SMTPServer({
    ...certificate,
    hideENHANCEDSTATUSCODES: false,
    onAuth(auth, _session, done) {
      const given = auth.method === 'XOAUTH2' ? auth.accessToken : auth.password;
      if (given === secret) done(null, { user: `${auth.method} ${auth.username}` });
      else done(new Error('Invalid login'));
    },
    async onData(stream, session, done) {
      received.push(await buffer(stream));
      sessions.push(`${session.secure ? 'TLS' : 'clear'} ${String(session.user)}`);
      done();
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  atEnd(async () => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, received, sessions };
}

const routeTo = (port: number, more: Partial<RouteOptions> = {}): Route =>
  resolveRoute(
    { host: '127.0.0.1', port, tlsAuthorities: certificate.cert, ...more },
    'crm.example',
  );

async function open(route: Route): Promise<Lane> {
  const opening = await openLane(route);
  if (opening.kind !== 'open') throw new Error(JSON.stringify(opening));
  atEnd(() => opening.lane.abort('end'));
  return opening.lane;
}

const submission = (message: Buffer): Submission => ({
  envelope: {
    mailFrom: addressOf('b@bounce.crm.example'),
    rcptTo: [addressOf('bob@dest.example')],
  },
  message,
  beforeBody: async () => undefined,
});

const samples = [
  '.dot first\r\n.\r\n..\r\n...two\r\nend.\r\n.\r\n',
  '.',
  'no final newline',
  `Subject: long\r\n\r\n${`.${'x'.repeat(70)}\r\n`.repeat(20_000)}`,
].map((text) => Buffer.from(text));

const closed = (message: Buffer): Buffer =>
  message.subarray(-2).toString() === '\r\n'
    ? message
    : Buffer.concat([message, Buffer.from('\r\n')]);

const password = { user: 'crm', password: secret };
const token = { kind: 'oauth2' as const, user: 'crm', accessToken: async () => secret };

describe.each<[string, SMTPServerOptions, Partial<RouteOptions>, string]>([
  ['plain', { authOptional: true, hideSTARTTLS: true }, {}, 'clear undefined'],
  [
    'plain, PLAIN',
    { hideSTARTTLS: true, allowInsecureAuth: true },
    { auth: password },
    'clear PLAIN crm',
  ],
  [
    'STARTTLS, PLAIN',
    { authMethods: ['PLAIN'] },
    { auth: password, requireTls: true },
    'TLS PLAIN crm',
  ],
  [
    'STARTTLS, LOGIN',
    { authMethods: ['LOGIN'] },
    { auth: password, requireTls: true },
    'TLS LOGIN crm',
  ],
  [
    'STARTTLS, XOAUTH2',
    { authMethods: ['PLAIN', 'XOAUTH2'] },
    { auth: token, requireTls: true },
    'TLS XOAUTH2 crm',
  ],
  ['implicit TLS, PLAIN', { secure: true }, { auth: password, secure: true }, 'TLS PLAIN crm'],
])('smtp-server, %s', (_name, options, routeOptions, session) => {
  test.each([false, true])('every byte arrives; pipelining hidden: %s', async (hidePIPELINING) => {
    const server = await startServer({ ...options, hidePIPELINING });
    const lane = await open(routeTo(server.port, routeOptions));
    expect(lane.chains).toBe(!hidePIPELINING);
    const outcomes = lane.chains
      ? await Promise.all(samples.map(async (each) => lane.submit(submission(each))))
      : [];
    if (!lane.chains) {
      for (const each of samples) outcomes.push(await lane.submit(submission(each)));
    }
    expect(outcomes).toMatchObject(samples.map(() => ({ kind: 'reply', reply: { code: 250 } })));
    expect(server.received.map((bytes, i) => bytes.equals(closed(samples[i] ?? bytes)))).toEqual(
      samples.map(() => true),
    );
    expect(new Set(server.sessions)).toEqual(new Set([session]));
    expect(lane.usable).toBe(true);
  });

  test('the lane of the library does the same', async () => {
    const server = await startServer(options);
    const route = routeTo(server.port, routeOptions);
    const ready = await connectRelay(route);
    if (ready.kind !== 'ready') throw new Error(JSON.stringify(ready));
    const opening = openLibraryLane(route, ready);
    if (opening.kind !== 'open') throw new Error('not open');
    atEnd(() => opening.lane.abort('end'));
    for (const each of samples) {
      expect(await opening.lane.submit(submission(each))).toMatchObject({ reply: { code: 250 } });
    }
    expect(server.received.map((bytes, i) => bytes.equals(closed(samples[i] ?? bytes)))).toEqual(
      samples.map(() => true),
    );
  });
});

test('whatever a message is, it arrives as it is', async () => {
  const server = await startServer({ authOptional: true, hideSTARTTLS: true });
  const lane = await open(routeTo(server.port));
  const lines = fc.array(
    fc.oneof(fc.constantFrom('', '.', '..', '.\t', 'QUIT', 'x'.repeat(998)), fc.string()),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(lines, fc.boolean(), async (parts, end) => {
      const text = parts.map((part) => part.replace(/[\r\n\0]/g, '')).join('\r\n');
      const message = Buffer.from(`a: b\r\n\r\n${text}${end ? '\r\n' : ''}`);
      const outcome = await lane.submit(submission(message));
      expect(outcome).toMatchObject({ reply: { code: 250 } });
      expect(server.received.pop()?.equals(closed(message))).toBe(true);
    }),
    propertyRuns(300),
  );
  expect(lane.usable).toBe(true);
});

describe('the way to the relay', () => {
  test('refuses a certificate that nobody vouches for', async () => {
    const server = await startServer({ secure: true });
    const other = makeCertificate().cert;
    const opening = await openLane(routeTo(server.port, { secure: true, tlsAuthorities: other }));
    expect(opening).toMatchObject({ kind: 'broken', reason: expect.stringMatching(/certificate/) });
    const upgrading = await startServer({});
    const upgraded = await openLane(
      routeTo(upgrading.port, { requireTls: true, tlsAuthorities: other }),
    );
    expect(upgraded).toMatchObject({
      kind: 'broken',
      reason: expect.stringMatching(/certificate/),
    });
  });

  test('refuses to go on in clear when STARTTLS is hidden, and logs nobody in', async () => {
    const seen: string[] = [];
    const relay = await startRawRelay({
      script: () => ({ extensions: ['AUTH PLAIN', 'PIPELINING'] }),
    });
    atEnd(async () => relay.stop());
    const opening = await openLane(routeTo(relay.port, { requireTls: true, auth: password }));
    seen.push(...relay.commands);
    expect(opening.kind).not.toBe('open');
    expect(seen.filter((line) => /AUTH|MAIL/.test(line))).toEqual([]);
  });

  test.each([
    ['the command repeated', (line: string) => `535 5.7.8 Cannot ${line}`],
    ['the command cut short', (line: string) => `535 5.7.8 Cannot ${line.slice(0, 26)}`],
    ['the password itself', () => `535 5.7.8 Not your ${secret}, is it?`],
  ])('shows no secret that a reply holds: %s', async (_what, answer) => {
    for (const auth of [password, token]) {
      const relay = await startRawRelay({
        script: () => ({ extensions: ['AUTH PLAIN XOAUTH2'] }),
        answerTo: (line) => (line.startsWith('AUTH') ? answer(line) : undefined),
      });
      atEnd(async () => relay.stop());
      const opening = await openLane(routeTo(relay.port, { auth }));
      const text = JSON.stringify(opening);
      expect(text).toContain('[secret]');
      const base64 = (relay.commands.find((line) => line.includes('AUTH')) ?? '').slice(-12);
      for (const form of [secret, base64, Buffer.from(secret).toString('base64').slice(0, 8)]) {
        expect(text).not.toContain(form);
      }
    }
  });

  test('no token, no login: why is told without the words of the token server', async () => {
    const server = await startServer({ authMethods: ['XOAUTH2'] });
    const accessToken = async (): Promise<string> => {
      throw Object.assign(new Error(secret), { code: 'EEXPIRED' });
    };
    const auth = { kind: 'oauth2' as const, user: 'crm', accessToken };
    const opening = await openLane(routeTo(server.port, { auth, requireTls: true }));
    expect(opening).toMatchObject({ kind: 'broken', reason: expect.stringMatching(/EEXPIRED/) });
    expect(JSON.stringify(opening)).not.toContain(secret);
  });
});
