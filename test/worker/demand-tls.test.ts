import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { makeCertificate } from '../support/certificate.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';

const redis = await startTestRedis();
const refusal = '5.7.10 Encryption needed: this domain takes mail over TLS only';

/** A relay that can speak TLS and does not say so, and refuses one domain without it. */
async function startShyRelay() {
  const certificate = makeCertificate();
  const secured: boolean[] = [];
  const server = new SMTPServer({
    ...certificate,
    hideSTARTTLS: true,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, { secure }, done) {
      const wants = address.endsWith('@strict.example') && !secure;
      done(wants ? Object.assign(new Error(refusal), { responseCode: 550 }) : undefined);
    },
    onData(stream, { secure }, done) {
      stream.resume().on('end', () => {
        secured.push(secure);
        done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  atEnd(async () => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { port, secured, tlsAuthorities: certificate.cert };
}

test('a mail that wants TLS goes once more over it, and so does what follows', async () => {
  const { port, secured, tlsAuthorities } = await startShyRelay();
  const { producer, log } = await startSendWorld(redis.url, {}, {}, { port, tlsAuthorities });
  await producer.send({ ...testMail, to: 'plain@dest.example' });
  await log.waitForState('accepted');
  await producer.send({ ...testMail, to: 'bob@strict.example' });
  await log.waitForState('accepted', 2);
  await producer.send({ ...testMail, to: 'later@dest.example' });
  await log.waitForState('accepted', 3);
  expect(secured).toEqual([false, true, true]);
  expect(log.events.map(({ attempt, state, bounce }) => [attempt, state, bounce?.class])).toEqual([
    [1, 'accepted', undefined],
    [1, 'waiting', 'tls_required'],
    [2, 'accepted', undefined],
    [1, 'accepted', undefined],
  ]);
});

test('a relay that has no TLS stays in use for all others, and the mail is refused', async () => {
  const { producer, log, relay } = await startSendWorld(redis.url, {
    answerTo: (line) => (line.includes('@strict.example') ? `550 ${refusal}` : undefined),
  });
  await producer.send({ ...testMail, to: 'bob@strict.example' });
  await log.waitForState('rejected');
  await producer.send({ ...testMail, to: 'plain@dest.example' });
  await log.waitForState('accepted');
  const ends = log.events.map(({ attempt, state }) => [attempt, state]);
  expect(ends).toEqual([
    [1, 'waiting'],
    [2, 'rejected'],
    [1, 'accepted'],
  ]);
  expect(relay.received).toHaveLength(1);
});

test('a route that speaks TLS already is not asked twice', async () => {
  const certificate = makeCertificate();
  await using relay = await startRawRelay({
    tls: certificate,
    answerTo: (line) => (line.startsWith('RCPT') ? `550 ${refusal}` : undefined),
  });
  const { producer, log } = await startSendWorld(
    redis.url,
    {},
    {},
    {
      port: relay.port,
      secure: true,
      tlsAuthorities: certificate.cert,
    },
  );
  await producer.send(testMail);
  await log.waitForState('rejected');
  expect(log.events).toHaveLength(1);
});
