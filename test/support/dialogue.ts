import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A client that speaks SMTP line by line. */
export interface Dialogue extends AsyncDisposable {
  /** Sends text and CRLF; returns the next reply. */
  say(text: string): Promise<string>;
  /** Sends text as it is and waits for nothing. */
  send(text: string): void;
  /** The next reply, its lines joined by line feeds, or `(closed)`. */
  next(): Promise<string>;
}

/**
 * Connects to an SMTP server.
 *
 * @param options `greeting: false` leaves the greeting to the first `next()`
 */
export async function dialogue(
  server: { readonly host: string; readonly port: number },
  options: { readonly greeting?: boolean } = {},
): Promise<Dialogue> {
  const socket = connect({ host: server.host, port: server.port });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  await once(socket, 'connect');
  // After the connection stands, a reset is one way of being closed.
  socket.on('error', () => undefined);
  const next = async (): Promise<string> => {
    const reply: string[] = [];
    for (;;) {
      const line = await lines.next();
      if (line.done === true) return '(closed)';
      reply.push(line.value);
      if (line.value[3] !== '-') return reply.join('\n');
    }
  };
  if (options.greeting !== false) await next();
  return {
    next,
    send(text) {
      socket.write(text);
    },
    say(text) {
      socket.write(`${text}\r\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
    },
  };
}
