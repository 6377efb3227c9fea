import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { OnbehalfError, messageOf } from '../runtime/errors.ts';
import { parseSmtpReply } from '../mail/smtp-reply.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';

/** A message to put into mailboxes. */
export interface Delivery {
  /** The envelope sender; empty for the null sender. */
  readonly mailFrom: string;
  /** At least one. One per call, if the mailbox is to see it in `Delivered-To`. */
  readonly rcptTo: readonly string[];
  /** The message with CRLF line ends. */
  readonly message: Buffer;
}

/** What became of one recipient: an answer to RCPT if that was a refusal, else to the message. */
export interface DeliveryReply {
  readonly recipient: string;
  readonly reply: SmtpReply;
}

/**
 * Delivers a message over LMTP (RFC 2033), as the last mail server on the way would.
 *
 * @param timeoutMs longest silence of the server; default 30 000
 * @returns one reply per recipient, in their order
 * @throws OnbehalfError `SUBMIT_FAILED` when the server cannot be reached, breaks off, or refuses
 *   something before the recipients
 */
export async function deliverByLmtp(
  server: { readonly host: string; readonly port: number },
  delivery: Delivery,
  timeoutMs = 30_000,
): Promise<readonly DeliveryReply[]> {
  const socket = connect(server);
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no reply within ${timeoutMs} ms`)));
  try {
    return await converse(socket, delivery);
  } catch (error) {
    throw new OnbehalfError('SUBMIT_FAILED', `LMTP delivery failed: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}

async function converse(socket: Socket, delivery: Delivery): Promise<readonly DeliveryReply[]> {
  const replies = readReplies(socket);
  const next = async (): Promise<SmtpReply> => {
    const result = await replies.next();
    if (result.done === true) throw new Error('the server closed the connection');
    return result.value;
  };
  const command = async (line: string): Promise<SmtpReply> => {
    socket.write(`${line}\r\n`);
    return next();
  };
  const need = (reply: SmtpReply): void => {
    if (reply.code >= 400) throw new Error(`${reply.code} ${reply.text}`);
  };

  need(await next());
  need(await command('LHLO localhost'));
  need(await command(`MAIL FROM:<${delivery.mailFrom}>`));
  const results = new Map<string, SmtpReply>();
  for (const recipient of delivery.rcptTo) {
    results.set(recipient, await command(`RCPT TO:<${recipient}>`));
  }
  const taken = delivery.rcptTo.filter((recipient) => (results.get(recipient)?.code ?? 500) < 400);
  if (taken.length > 0) {
    need(await command('DATA'));
    socket.write(dotStuffed(delivery.message));
    // LMTP answers the message once for each recipient that was taken (RFC 2033 §4.2).
    for (const recipient of taken) results.set(recipient, await next());
  }
  await command('QUIT');
  return [...results].map(([recipient, reply]) => ({ recipient, reply }));
}

async function* readReplies(socket: Socket): AsyncGenerator<SmtpReply, void> {
  let lines: string[] = [];
  for await (const line of createInterface({ input: socket })) {
    lines.push(line);
    if (line[3] === '-') continue;
    const reply = parseSmtpReply(lines.join('\n'));
    if (reply === undefined) throw new Error(`not an LMTP reply: ${line}`);
    lines = [];
    yield reply;
  }
}

/** The message as DATA wants it: leading dots doubled, ended by CRLF and a dot (RFC 5321 §4.5.2). */
function dotStuffed(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
  return Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1');
}
