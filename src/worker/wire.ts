import type { Socket } from 'node:net';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { createReplyReader, type WireReply } from './reply-reader.ts';

/*
 * The two directions of a connection: what is sent goes with the number of replies it asks for,
 * and the replies that come are handed out in that order. Between two replies, or two pieces of a
 * body, no more than a set time may pass. A reply that nobody waits for is handed to `stray`.
 */

/** Why a connection is over. */
export interface WireDeath {
  readonly kind:
    /** We cut it. */
    | 'cut'
    /** Nothing came in time. */
    | 'silent'
    /** The relay closed or broke it. */
    | 'closed'
    /** What came is no SMTP. */
    | 'protocol';
  readonly reason: string;
}

/** Takes one reply. */
export type ReplyTaker = (reply: WireReply) => void;

/** What {@link createWire} tells. */
export interface WireListener {
  /** A reply came that nothing asked for. */
  stray(reply: WireReply): void;
  /** Called once, when the connection is over; the takers that wait are forgotten. */
  died(death: WireDeath): void;
}

/** A connection, as replies to what is sent. */
export interface Wire {
  /** Sends text; `taker` gets the next `count` replies that nobody else waits for. */
  ask(text: string, count: number, taker: ReplyTaker): void;
  /** Sends bytes that ask for no reply of their own; `flushed` is called when they have left us. */
  send(bytes: Buffer | string, flushed?: () => void): void;
  /** Lets the next replies be taken, for something that is sent in pieces. */
  expect(count: number, taker: ReplyTaker): void;
  /** Sends all that `run` sends in one write. */
  together(run: () => void): void;
  /** Cuts the connection. */
  cut(reason: string): void;
  /** Says goodbye, and closes when the relay has answered. */
  quit(): void;
  readonly dead: WireDeath | undefined;
}

/** Longest wait for the answer to QUIT, in milliseconds: nothing depends on it. */
const quitTimeoutMs = 5_000;

/** Takes a connection over. */
export function createWire(socket: Socket, replyTimeoutMs: number, listener: WireListener): Wire {
  const reader = createReplyReader();
  const takers: { left: number; readonly take: ReplyTaker }[] = [];
  let dead: WireDeath | undefined;
  let socketError: unknown;

  const die = (kind: WireDeath['kind'], reason: string): void => {
    if (dead !== undefined) return;
    dead = { kind, reason };
    clearTimeout(timer);
    takers.length = 0;
    socket.destroy();
    listener.died(dead);
  };
  // One timer for the life of the connection: to refresh it costs far less than to make one. An
  // idle connection lets it run out, which means nothing.
  const timer = setTimeout(() => {
    if (takers.length > 0) die('silent', `no reply for ${replyTimeoutMs} ms`);
  }, replyTimeoutMs);
  timer.unref();

  const deliver = (reply: WireReply): void => {
    const first = takers[0];
    if (first === undefined) {
      listener.stray(reply);
      return;
    }
    first.left -= 1;
    if (first.left === 0) takers.shift();
    timer.refresh();
    first.take(reply);
  };

  socket.on('data', (bytes: Buffer) => {
    if (dead !== undefined) return;
    const { replies, error } = reader.push(bytes);
    for (const reply of replies) {
      deliver(reply);
      // The taker may have cut the connection; what follows answers nothing then.
      if (dead !== undefined) return;
    }
    if (error !== undefined) die('protocol', `the relay sent ${error}`);
  });
  socket.on('error', (error) => {
    socketError = error;
  });
  socket.on('end', () => die('closed', 'the relay closed the connection'));
  socket.on('close', () => {
    const why =
      socketError === undefined ? undefined : (codeOf(socketError) ?? messageOf(socketError));
    die('closed', why === undefined ? 'the connection broke' : `the connection broke: ${why}`);
  });

  const wire: Wire = {
    ask(text, count, taker) {
      wire.expect(count, taker);
      wire.send(text);
    },
    send(bytes, flushed) {
      if (dead !== undefined) return;
      if (flushed === undefined) {
        socket.write(bytes);
        return;
      }
      socket.write(bytes, (error) => {
        if (error || dead !== undefined) return;
        timer.refresh();
        flushed();
      });
    },
    expect(count, taker) {
      if (dead !== undefined) return;
      if (takers.length === 0) timer.refresh();
      takers.push({ left: count, take: taker });
    },
    together(run) {
      socket.cork();
      try {
        run();
      } finally {
        socket.uncork();
      }
    },
    cut(reason) {
      die('cut', reason);
    },
    quit() {
      if (dead !== undefined) return;
      wire.ask('QUIT\r\n', 1, () => die('cut', 'we said goodbye'));
      const late = setTimeout(() => die('cut', 'we said goodbye'), quitTimeoutMs);
      late.unref();
      socket.once('close', () => clearTimeout(late));
    },
    get dead() {
      return dead;
    },
  };
  if (socket.destroyed) die('closed', 'the relay closed the connection');
  return wire;
}
