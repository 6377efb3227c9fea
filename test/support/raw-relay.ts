/**
 * A scripted SMTP server on a plain socket, for tests where exact bytes and the moment of a close
 * matter. It takes one line at a time, pipelined or not, and looks at its script at each stage.
 *
 * It counts a message as received when the final dot has come, before anything is answered: what
 * is in `received` went out, whether or not the client ever learns of it.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { bodyEnd, messageIdOf, unstuffed } from './received-bytes.ts';

/** The moments of a session at which a reply is due; `dot` is the end of the message. */
export type RawStage = 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'dot' | 'rset' | 'quit';

/**
 * Where the relay closes the connection. A stage's name: right after that stage's reply was sent,
 * but `dot`: the message has come, no reply is sent. `mid-body`: after the first bytes of the body.
 * `reply`: after the reply to the message was sent.
 */
export type RawClose =
  'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'mid-body' | 'dot' | 'reply';

/** How one connection is treated; the default is to accept everything. */
export interface RawScript {
  readonly closeAfter?: RawClose;
  /** From this stage on nothing is answered, and the connection stays open. */
  readonly hangAt?: RawStage;
  /** Replies to send instead of the usual ones, without the final CRLF. */
  readonly replies?: { readonly [stage in RawStage]?: string };
  /** Lines of the EHLO reply after the first; default PIPELINING, 8BITMIME, SIZE. */
  readonly extensions?: readonly string[];
  /** The message from which on `closeAfter`, `hangAt` and `replies` hold; default 1, the first. */
  readonly fromMessage?: number;
  /** The last MAIL command, counted from 1, at which the script holds; default: for ever. */
  readonly untilMail?: number;
  /** Answers DATA with 354 although nobody will get the message, as some servers do. */
  readonly takesDataAnyway?: boolean;
  /** Keeps the envelope of a message that it refuses, as Postfix does on some refusals. */
  readonly keepsRefused?: boolean;
  /** Two bytes of this stage's reply are sent, then the connection is closed. */
  readonly halfReplyAt?: RawStage;
  /** Closes with a reset, where it closes. */
  readonly resets?: boolean;
  /** Answers DATA and then never reads again. */
  readonly leavesBodyUnread?: boolean;
  /** Replies are written in pieces of this size. */
  readonly pieceBytes?: number;
}

/** A message that came completely, up to its final dot. */
export interface ReceivedMail {
  readonly connection: number;
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** Dots unstuffed. */
  readonly message: Buffer;
  /** Value of the Message-ID header, angle brackets included; empty if there is none. */
  readonly messageId: string;
  /** True once a reply to it was written. */
  readonly replied: boolean;
}

/** What {@link startRawRelay} takes. */
export interface RawRelayOptions {
  /** The script of each connection, numbered from 1. */
  readonly script?: (connection: number) => RawScript;
  /** Awaited between receiving a message and answering it. */
  readonly beforeReply?: (mail: ReceivedMail) => Promise<void>;
  /** Told of each command, before it is answered. */
  readonly onCommand?: (connection: number, line: string) => void;
  /**
   * Told of what commands do not show: `granted`, right after DATA was answered with 354; `left`, when
   * the client closed the connection after that without a byte of the body.
   */
  readonly onBody?: (connection: number, moment: 'granted' | 'left') => void;
  /** An answer of its own to a command, without the final CRLF; undefined: the usual one. */
  readonly answerTo?: (line: string) => string | undefined;
  /** TLS from the first byte. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Default 0, any free port; give one to start a relay again where it was. */
  readonly port?: number;
}

/** A running raw relay. */
export interface RawRelay extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Every message that came completely, in order. */
  readonly received: readonly ReceivedMail[];
  /** Every line that clients sent outside of messages, with its connection: `1 EHLO localhost`. */
  readonly commands: readonly string[];
  readonly connectionCount: number;
  /** Resolves when the predicate holds; it is asked after each command and each message. */
  waitFor(predicate: (relay: RawRelay) => boolean): Promise<void>;
  /** Breaks off all sessions and ends. */
  stop(): Promise<void>;
}

const usualReplies = {
  greeting: '220 raw.localhost ESMTP',
  ehlo: '250 raw.localhost',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 End data with <CR><LF>.<CR><LF>',
  dot: '250 2.0.0 Ok: queued',
  rset: '250 2.0.0 Ok',
  quit: '221 2.0.0 Bye',
} as const satisfies { readonly [stage in RawStage]: string };

/** Starts a scripted SMTP server on 127.0.0.1. */
export async function startRawRelay(options: RawRelayOptions = {}): Promise<RawRelay> {
  const received: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const waiters = new Set<{ predicate: (relay: RawRelay) => boolean; resolve: () => void }>();
  let connectionCount = 0;
  /** The plain socket of each TLS socket, by the client's port. */
  const underlying = new Map<string, Socket>();

  const accept = (socket: Socket): void => {
    connectionCount += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Clients that are killed in mid-session reset their connection; that is what tests do.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    const plain = underlying.get(String(socket.remotePort)) ?? socket;
    serve(socket, connectionCount, options, {
      reset() {
        plain.resetAndDestroy();
        socket.destroy();
      },
      command(line) {
        commands.push(line);
        wake();
      },
      mail(mail) {
        received.push(mail);
        wake();
      },
    });
    wake();
  };
  const server =
    options.tls === undefined ? createServer(accept) : createTlsServer(options.tls, accept);
  // A reset is TCP's; TLS has none.
  if (options.tls !== undefined) {
    server.on('connection', (socket: Socket) => underlying.set(String(socket.remotePort), socket));
  }
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');

  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const relay: RawRelay = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    received,
    commands,
    get connectionCount() {
      return connectionCount;
    },
    async waitFor(predicate) {
      if (predicate(relay)) return;
      await new Promise<void>((resolve) => waiters.add({ predicate, resolve }));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  const wake = (): void => {
    for (const waiter of waiters) {
      if (!waiter.predicate(relay)) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };
  return relay;
}

interface Notices {
  /** Breaks the connection off with a reset. */
  reset(): void;
  command(line: string): void;
  mail(mail: ReceivedMail): void;
}

/** One session: a state machine over lines, and over the body after DATA. */
function serve(
  socket: Socket,
  connection: number,
  options: RawRelayOptions,
  notices: Notices,
): void {
  const fullScript = options.script?.(connection) ?? {};
  let messageNumber = 1;
  let mailCount = 0;
  /** A MAIL was granted, and neither a message nor a RSET followed. */
  let inTransaction = false;
  let mailFrom = '';
  let rcptTo: string[] = [];
  let buffered = Buffer.alloc(0);
  let inBody = false;
  let deaf = false;

  const script = (): RawScript =>
    messageNumber >= (fullScript.fromMessage ?? 1) &&
    mailCount <= (fullScript.untilMail ?? Infinity)
      ? fullScript
      : { extensions: fullScript.extensions ?? usualExtensions };

  /** `end` comes after what was written; breaking off at once could lose a reply on its way. */
  const leave = (how: 'end' | 'destroy'): void => {
    deaf = true;
    if (script().resets === true) notices.reset();
    else socket[how]();
  };
  /** Sends the reply of a stage; false when the script wants silence. */
  const reply = (stage: RawStage): boolean => {
    const { hangAt, replies, closeAfter, extensions, halfReplyAt, pieceBytes } = script();
    if (hangAt === stage) {
      deaf = true;
      return false;
    }
    const text = replies?.[stage] ?? usualReply(stage, extensions);
    if (halfReplyAt === stage) {
      socket.write(text.slice(0, 2));
      leave('end');
      return false;
    }
    const bytes = Buffer.from(`${text}\r\n`);
    const step = pieceBytes ?? bytes.length;
    for (let at = 0; at < bytes.length; at += step) socket.write(bytes.subarray(at, at + step));
    if (closeAfter === stage || text.startsWith('421') || stage === 'quit') leave('end');
    return true;
  };

  const isRefusal = (stage: RawStage): boolean => /^[45]/.test(script().replies?.[stage] ?? '');

  const takeCommand = (line: string): void => {
    notices.command(`${connection} ${line}`);
    options.onCommand?.(connection, line);
    const answer = options.answerTo?.(line);
    if (answer !== undefined) {
      socket.write(`${answer}\r\n`);
      return;
    }
    const path = /<([^>]*)>/.exec(line)?.[1] ?? '';
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        reply('ehlo');
        break;
      case 'MAIL':
        mailCount += 1;
        if (inTransaction) {
          socket.write('503 5.5.1 Nested MAIL command\r\n');
          break;
        }
        mailFrom = path;
        rcptTo = [];
        inTransaction = !isRefusal('mail');
        reply('mail');
        break;
      case 'RCPT':
        if (!inTransaction) {
          socket.write('503 5.5.1 Need MAIL command\r\n');
          break;
        }
        if (!isRefusal('rcpt')) rcptTo.push(path);
        reply('rcpt');
        break;
      case 'DATA':
        if (rcptTo.length === 0 && script().takesDataAnyway !== true) {
          socket.write(
            inTransaction ? '554 5.5.1 No valid recipients\r\n' : '503 5.5.1 Need MAIL command\r\n',
          );
          break;
        }
        inBody = reply('data') && !isRefusal('data');
        if (inBody) options.onBody?.(connection, 'granted');
        if (inBody && script().leavesBodyUnread === true) {
          deaf = true;
          socket.pause();
        }
        break;
      case 'RSET':
        inTransaction = false;
        rcptTo = [];
        reply('rset');
        break;
      case 'QUIT':
        reply('quit');
        break;
      default:
        socket.write('502 5.5.1 Command not implemented\r\n');
    }
  };

  const takeMessage = async (message: Buffer): Promise<void> => {
    const mail = {
      connection,
      mailFrom,
      rcptTo,
      message,
      messageId: messageIdOf(message),
      replied: false,
    };
    notices.mail(mail);
    const { closeAfter } = script();
    if (closeAfter === 'dot') return leave('destroy');
    socket.pause();
    await options.beforeReply?.(mail);
    socket.resume();
    if (socket.destroyed) return;
    mail.replied = reply('dot');
    if (closeAfter === 'reply') leave('end');
    inTransaction = script().keepsRefused === true && isRefusal('dot');
    messageNumber += 1;
    rcptTo = [];
  };

  const advance = async (): Promise<void> => {
    while (!deaf) {
      if (inBody) {
        if (script().closeAfter === 'mid-body' && buffered.length > 0) {
          leave('destroy');
          return;
        }
        const end = bodyEnd(buffered);
        if (end === undefined) return;
        const message = unstuffed(buffered.subarray(0, end.text));
        buffered = buffered.subarray(end.rest);
        inBody = false;
        await takeMessage(message);
      } else {
        const lineEnd = buffered.indexOf('\r\n');
        if (lineEnd < 0) return;
        const line = buffered.subarray(0, lineEnd).toString('latin1');
        buffered = buffered.subarray(lineEnd + 2);
        takeCommand(line);
      }
    }
  };

  let turn = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    if (deaf) return;
    turn = turn.then(() => {
      buffered = Buffer.concat([buffered, chunk]);
      return advance();
    });
  });
  socket.once('close', () => {
    turn = turn.then(() => {
      if (inBody && !deaf && buffered.length === 0) options.onBody?.(connection, 'left');
    });
  });
  reply('greeting');
}

const usualExtensions = ['PIPELINING', '8BITMIME', 'SIZE 31457280'];

function usualReply(stage: RawStage, extensions: readonly string[] = usualExtensions): string {
  if (stage !== 'ehlo') return usualReplies[stage];
  const lines = [usualReplies.ehlo.slice(4), ...extensions];
  return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
}
