/**
 * A TCP proxy that holds every byte back for half a round trip in each direction, in a process of
 * its own. Arguments: target port, round trip in milliseconds. Tells its parent its port.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const targetPort = Number(process.argv[2]);
const halfMs = Number(process.argv[3]) / 2;

process.on('disconnect', () => process.exit(0));
const server = createServer((near) => {
  const far = connect(targetPort, '127.0.0.1');
  delayed(near, far);
  delayed(far, near);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ kind: 'listening', port: (server.address() as AddressInfo).port });

function delayed(from: Socket, to: Socket): void {
  from.setNoDelay(true);
  from.on('error', () => undefined);
  from.on('data', (chunk: Buffer) => {
    setTimeout(() => {
      if (!to.destroyed) to.write(chunk);
    }, halfMs);
  });
  from.on('close', () => setTimeout(() => to.end(), halfMs));
}
