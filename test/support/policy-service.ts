import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What Postfix asks a policy service at one moment of a session. */
export interface PolicyQuestion {
  /** `CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA` or `END-OF-MESSAGE`. */
  readonly state: string;
  /** Empty before MAIL. */
  readonly sender: string;
  /**
   * Process id of the smtpd that asks; it says nothing to its client until it has the answer.
   * Undefined: it is gone.
   */
  readonly pid: number | undefined;
}

/** A running policy service. */
export interface PolicyService {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Answers Postfix's questions (SMTPD_POLICY_README): so a test knows at which moment of a session
 * Postfix is, can hold it there, and chooses its reply.
 *
 * @param answer gives an action of access(5): `DUNNO`, `550 5.7.1 No`, …
 */
export async function startPolicyService(
  answer: (question: PolicyQuestion) => Promise<string> | string,
): Promise<PolicyService> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // An smtpd that is killed resets its connection.
    socket.on('error', () => undefined);
    let attributes = new Map<string, string>();
    createInterface({ input: socket }).on('line', (line) => {
      if (line !== '') {
        const equals = line.indexOf('=');
        attributes.set(line.slice(0, equals), line.slice(equals + 1));
        return;
      }
      const asked = attributes;
      attributes = new Map();
      const question = {
        state: asked.get('protocol_state') ?? '',
        sender: asked.get('sender') ?? '',
        pid: holderOf(socket.remotePort ?? 0),
      };
      void (async () => socket.write(`action=${await answer(question)}\n\n`))();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The process that holds the connection with this local port; Linux only. */
function holderOf(port: number): number | undefined {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((each) => each.trim().split(/\s+/)[1] === local);
  const socket = `socket:[${line?.trim().split(/\s+/)[9]}]`;
  const holder = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => descriptorsOf(pid).includes(socket));
  return holder === undefined ? undefined : Number(holder);
}

function descriptorsOf(pid: string): readonly string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
  } catch {
    // Processes and descriptors may go while we look.
    return [];
  }
}
