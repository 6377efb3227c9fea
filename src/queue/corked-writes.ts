import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/**
 * Lets all commands that one turn of the event loop gives to a connection leave in one write to its
 * socket. ioredis writes each for itself, and a write costs more than the command. Order and replies
 * are as before; a command waits at most until the end of the turn. Holds for later connections
 * as well.
 */
export function corkWrites(redis: Redis): void {
  const corkStream = (): void => {
    // Not in its types, but what ioredis documents for its own connectors.
    const { stream } = redis as unknown as { readonly stream?: Socket };
    if (stream === undefined || corked.has(stream)) return;
    corked.add(stream);
    const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
    let held = false;
    stream.write = (...args: readonly unknown[]): boolean => {
      if (!held) {
        held = true;
        stream.cork();
        setImmediate(() => {
          held = false;
          stream.uncork();
        });
      }
      return write(...args);
    };
  };
  corkStream();
  redis.on('connect', corkStream);
}

const corked = new WeakSet<Socket>();
