import { expect, test } from '@jest/globals';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { takeSocket, whySocketCannotBeTaken } from '../../src/worker/take-socket.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawScript } from '../support/raw-relay.ts';

test('the nodemailer that is installed is the one we know', () => {
  expect(whySocketCannotBeTaken()).toBeUndefined();
});

test.each([
  ['another release', 'version', '10.6.1'],
  ['a name that is gone', '_onSocketData', undefined],
  ['a name that is something else', '_responseQueue', new Map()],
  ['no socket to take', '_socket', undefined],
])('%s is found out', (_what, name, value) => {
  const connection = new SMTPConnection({ host: 'localhost' });
  Reflect.set(connection, name, value);
  expect(whySocketCannotBeTaken(connection)).toMatch(new RegExp(`\\(${name}\\)$`));
});

async function connected(script: RawScript = {}): Promise<SMTPConnection> {
  const relay = await startRawRelay({ script: () => script });
  atEnd(async () => relay.stop());
  const connection = new SMTPConnection({ host: relay.host, port: relay.port });
  connection.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  atEnd(() => connection.close());
  return connection;
}

test('a taken socket has no listener, timer or owner left of nodemailer', async () => {
  const connection = await connected();
  const socket = takeSocket(connection);
  if (socket === undefined) throw new Error('not taken');
  atEnd(() => socket.destroy());
  expect(['data', 'timeout', 'close', 'error'].map((name) => socket.listenerCount(name))).toEqual([
    0, 0, 0, 0,
  ]);
  // Node's own.
  expect(socket.listenerCount('end')).toBe(1);
  expect(socket.timeout ?? 0).toBe(0);
  expect(Reflect.get(connection, '_phaseTimer')).toBe(false);
  expect(connection._socket).toBeNull();
  // Whatever the connection does now does not reach the socket.
  connection.close();
  expect(socket).toMatchObject({ destroyed: false, writable: true });
});

test('a reply that came without being asked keeps us off', async () => {
  const connection = await connected();
  for (const [name, value] of [
    ['_remainder', '25'],
    ['_responseQueue', ['250 Ok']],
    ['_responseActions', [() => undefined]],
  ] as const) {
    const before: unknown = Reflect.get(connection, name);
    Reflect.set(connection, name, value);
    expect(takeSocket(connection)).toBeUndefined();
    Reflect.set(connection, name, before);
  }
  expect(takeSocket(connection)).toBeDefined();
  expect(takeSocket(connection)).toBeUndefined();
});
