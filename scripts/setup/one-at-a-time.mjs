/**
 * One set-up at a time in a clone.
 *
 * The first run listens on a local socket named after the clone; the next one finds the name taken,
 * connects, and waits until the connection breaks. The kernel ends it, however the holder died, so there is
 * no stale lock to judge. Long-running children (npm) inherit the socket: if only set-up itself is killed,
 * the next run still waits for the orphan instead of working in the same folder at once.
 */

import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './messages.mjs';

/**
 * Waits for our turn in this clone.
 * @param {string} root the clone
 * @returns {Promise<{ inheritedFd: number | undefined }>} what children must inherit to keep the turn
 */
export async function takeTurn(root) {
  const name = `onbehalf-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`;
  // Linux has socket names outside the file system; elsewhere a dead holder leaves a file to remove.
  const address = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  for (let round = 0; ; round += 1) {
    const server = await listen(address);
    if (server !== undefined) {
      server.unref();
      return { inheritedFd: server._handle?.fd };
    }
    const outcome = await waitForHolder(address, () => {
      if (round === 0) say('Another set-up is at work in this clone; waiting for it to end.');
    });
    if (outcome === 'nobody' && process.platform !== 'linux') unlinkSync(address);
  }
}

/** @param {string} address */
function listen(address) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => undefined).unref());
    server.once('error', (error) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

/**
 * @param {string} address
 * @param {() => void} onWaiting
 */
function waitForHolder(address, onWaiting) {
  return new Promise((resolve) => {
    let connected = false;
    const socket = createConnection(address);
    socket.on('connect', () => {
      connected = true;
      onWaiting();
    });
    // The reason of the break does not matter: `close` follows every error.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(connected ? 'ended' : 'nobody'));
  });
}
