import { connect, type Socket } from 'node:net';

/*
 * The least that can submit a mail: one socket, MAIL, RCPT and DATA in one write, the content after
 * 354, replies told apart by their code alone. Every refusal is an error; nothing is recovered.
 */

/** A hand-written connection to a relay. */
export interface PipelinedSocket {
  /** Submits content whose lines end in CRLF and none of which begins with a dot. */
  submit(mailFrom: string, rcptTo: string, content: string): Promise<void>;
}

/** Connects and greets. */
export async function openPipelinedSocket(port: number): Promise<PipelinedSocket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const next = replies(socket);
  await next();
  socket.write('EHLO bench.localhost\r\n');
  await next();
  return {
    async submit(mailFrom, rcptTo, content) {
      socket.write(`MAIL FROM:<${mailFrom}>\r\nRCPT TO:<${rcptTo}>\r\nDATA\r\n`, 'latin1');
      const both = [next(), next(), next()] as const;
      const answers = await Promise.all(both);
      if (answers[2] !== 354) throw new Error(`refused: ${answers.join(' ')}`);
      socket.write(`${content}\r\n.\r\n`, 'latin1');
      const answer = await next();
      if (answer !== 250) throw new Error(`refused: ${answer}`);
    },
  };
}

/** The codes of the replies, one after the other. */
function replies(socket: Socket): () => Promise<number> {
  const codes: number[] = [];
  const waiting: ((code: number) => void)[] = [];
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('data', (chunk: string) => {
    rest += chunk;
    let end = rest.indexOf('\r\n');
    while (end >= 0) {
      if (rest[3] === ' ') {
        const code = Number(rest.slice(0, 3));
        const take = waiting.shift();
        if (take === undefined) codes.push(code);
        else take(code);
      }
      rest = rest.slice(end + 2);
      end = rest.indexOf('\r\n');
    }
  });
  return async () => codes.shift() ?? new Promise((resolve) => waiting.push(resolve));
}
