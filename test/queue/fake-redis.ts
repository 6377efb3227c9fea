import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * A server that speaks just enough of the Redis protocol to answer each command with a fixed reply,
 * for servers that cannot be had here. Commands it does not know get an error.
 *
 * @param replies by command name in upper case; the raw reply, without its final CRLF
 */
export async function startFakeRedis(
  replies: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((socket) => {
    let buffered = '';
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      buffered += chunk;
      for (;;) {
        const taken = takeCommand(buffered);
        if (taken === undefined) return;
        buffered = buffered.slice(taken.length);
        const name = taken.words[0]?.toUpperCase() ?? '';
        socket.write(`${replies[name] ?? `-ERR unknown command '${name}'`}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** A reply of one text. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}`;
}

/** A reply of several texts. */
export function list(...texts: readonly string[]): string {
  return [`*${texts.length}`, ...texts.map(bulk)].join('\r\n');
}

function takeCommand(
  text: string,
): { readonly words: readonly string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  let at = head[0].length;
  const words: string[] = [];
  for (let index = 0; index < Number(head[1]); index += 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    at += size[0].length;
    const end = at + Number(size[1]);
    if (text.length < end + 2) return undefined;
    words.push(text.slice(at, end));
    at = end + 2;
  }
  return { words, length: at };
}
