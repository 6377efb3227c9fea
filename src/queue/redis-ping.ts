import { connect } from 'node:net';
import type { Socket } from 'node:net';

/**
 * Sends one inline command (the telnet form of the Redis protocol) over a fresh connection.
 *
 * @param url a socket path, or `redis://host:port`
 * @param timeoutMs longest wait for the answer; default 2 000
 * @returns the first line of the answer (`+PONG`, `-LOADING …`); the empty text when the server
 *   closed without one; undefined when it cannot be reached or does not answer in time
 */
export async function askRedis(
  url: string,
  command: string,
  timeoutMs = 2_000,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = open(url);
    let answer = '';
    const end = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('end', () => end(answer));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      const lineEnd = answer.indexOf('\r\n');
      if (lineEnd >= 0) end(answer.slice(0, lineEnd));
    });
  });
}

/** True when a Redis server answers at this address and has its data loaded. */
export async function answersPing(url: string, timeoutMs?: number): Promise<boolean> {
  return (await askRedis(url, 'PING', timeoutMs)) === '+PONG';
}

function open(url: string): Socket {
  if (url.startsWith('/')) return connect({ path: url });
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: port === '' ? 6379 : Number(port) });
}
