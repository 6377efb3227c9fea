import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { codeOf } from '../runtime/errors.ts';

/** What came of one command. */
export type RedisAnswer =
  /** The first line of the reply, e.g. `+PONG` or `-LOADING Redis is loading the dataset`. */
  | { readonly kind: 'line'; readonly line: string }
  /** The server closed the connection instead. */
  | { readonly kind: 'closed' }
  /** Something takes connections there but did not answer in time. */
  | { readonly kind: 'silent' }
  /** Nothing takes connections there. */
  | { readonly kind: 'absent' };

/**
 * Sends one inline command (the telnet form of the Redis protocol) over a fresh connection.
 *
 * @param url a socket path, or `redis://host:port`
 * @param timeoutMs longest wait for the answer; default 2 000
 */
export async function askRedis(
  url: string,
  command: string,
  timeoutMs = 2_000,
): Promise<RedisAnswer> {
  return new Promise((resolve) => {
    const socket = open(url);
    let text = '';
    const end = (answer: RedisAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end({ kind: 'silent' }));
    socket.on('error', (error) => {
      const code = codeOf(error);
      end({ kind: code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : 'absent' });
    });
    socket.on('end', () => end({ kind: 'closed' }));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lineEnd = text.indexOf('\r\n');
      if (lineEnd >= 0) end({ kind: 'line', line: text.slice(0, lineEnd) });
    });
  });
}

/** True when a Redis server answers at this address and has its data loaded. */
export async function answersPing(url: string, timeoutMs?: number): Promise<boolean> {
  const answer = await askRedis(url, 'PING', timeoutMs);
  return answer.kind === 'line' && answer.line === '+PONG';
}

function open(url: string): Socket {
  if (url.startsWith('/')) return connect({ path: url });
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: port === '' ? 6379 : Number(port) });
}
