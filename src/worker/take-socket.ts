import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/*
 * Takes the socket out of a connection that nodemailer has made, secured and logged in. This is the
 * one file that knows names nodemailer does not publish; it was read for one release, and is used
 * with no other. At start-up every name is looked for; where one is missing, mail goes through
 * nodemailer's own transaction, slower.
 *
 * What is detached, and in this order: replies that are there already would be lost, so then the
 * socket stays; the timer of the greeting; nodemailer's six listeners, and no others, for Node and
 * its TLS keep their own on the socket; the time-out; and the socket from its connection, so that
 * nothing of it can write or close any more.
 */

/** The release of nodemailer whose inside this file knows. */
const knownVersion = '10.6.0';

const listeners = [
  ['data', '_onSocketData'],
  ['timeout', '_onSocketTimeout'],
  ['close', '_onSocketClose'],
  ['end', '_onSocketEnd'],
  ['error', '_onSocketError'],
  ['error', '_onConnectionSocketError'],
] as const;

/** What is looked for: name → how it must be. */
const insides: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: (value) => value === knownVersion,
  _socket: (value) => value === false,
  _remainder: (value) => value === '',
  _responseQueue: Array.isArray,
  _responseActions: Array.isArray,
  _clearPhase: (value) => typeof value === 'function',
  lastServerResponse: (value) => value === false,
  ...Object.fromEntries(
    listeners.map(([, name]) => [name, (value: unknown) => typeof value === 'function']),
  ),
};

/**
 * Looks whether the nodemailer that is installed is one whose socket we can take.
 *
 * @returns what is not as expected, or undefined when all is well
 */
export function whySocketCannotBeTaken(
  connection: object = new SMTPConnection({ host: 'localhost' }),
): string | undefined {
  const names = Object.entries(insides)
    .filter(([name, fits]) => !fits(Reflect.get(connection, name)))
    .map(([name]) => name);
  if (names.length === 0) return undefined;
  return `nodemailer is not the release ${knownVersion} we know (${names.join(', ')})`;
}

/** Takes the socket; undefined where replies wait in the connection, which is then to be closed. */
export function takeSocket(connection: SMTPConnection): Socket | undefined {
  const get = (name: string): unknown => Reflect.get(connection, name);
  const socket = connection._socket;
  if (socket === false || socket === null || socket.destroyed) return undefined;
  if (get('_remainder') !== '' || !isEmpty(get('_responseQueue'))) return undefined;
  if (!isEmpty(get('_responseActions'))) return undefined;
  Reflect.apply(get('_clearPhase') as () => void, connection, []);
  for (const [event, name] of listeners) {
    socket.removeListener(event, get(name) as () => void);
  }
  socket.setTimeout(0);
  connection._socket = null;
  return socket;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
