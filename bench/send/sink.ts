/**
 * A relay that accepts everything as fast as it can, in a process of its own: raw SMTP over TCP,
 * with pipelining and with groups that begin with a message's content. It keeps nothing but a count,
 * which it tells when asked. Argument: none. Tells its parent its port.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** What the sink tells its parent. */
export type SinkMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'count'; readonly messages: number; readonly bytes: number };

const endOfData = Buffer.from('\r\n.\r\n');
let messages = 0;
let bytes = 0;

const tell = (message: SinkMessage): void => {
  process.send?.(message);
};
process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  tell({ kind: 'count', messages, bytes });
  messages = 0;
  bytes = 0;
});

const server = createServer(serve);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
tell({ kind: 'listening', port: (server.address() as AddressInfo).port });

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let rest: Buffer = Buffer.alloc(0);
  let inBody = false;
  socket.write('220 sink.localhost ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let replies = '';
    for (;;) {
      if (inBody) {
        const end = buffer.indexOf(endOfData);
        if (end < 0) {
          // Only what may be the beginning of the end is kept.
          const keep = Math.min(buffer.length, endOfData.length - 1);
          bytes += buffer.length - keep;
          buffer = buffer.subarray(buffer.length - keep);
          break;
        }
        bytes += end;
        messages += 1;
        inBody = false;
        replies += '250 2.0.0 Ok: taken\r\n';
        buffer = buffer.subarray(end + endOfData.length);
      } else {
        const end = buffer.indexOf('\r\n');
        if (end < 0) break;
        const verb = buffer.toString('latin1', 0, 4).toUpperCase();
        buffer = buffer.subarray(end + 2);
        if (verb === 'DATA') {
          inBody = true;
          replies += '354 Go ahead\r\n';
        } else if (verb === 'EHLO') {
          replies +=
            '250-sink.localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 31457280\r\n';
        } else if (verb === 'QUIT') {
          socket.end(`${replies}221 2.0.0 Bye\r\n`);
          return;
        } else {
          replies += '250 2.0.0 Ok\r\n';
        }
      }
    }
    rest = buffer;
    if (replies !== '') socket.write(replies);
  });
}
