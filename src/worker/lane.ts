import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Envelope } from '../mail/envelope.ts';
import { parseSmtpReply, type SmtpReply } from '../mail/smtp-reply.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { loginOf } from './credentials.ts';
import type { Route } from './route.ts';

/*
 * A lane is one connection to a relay: nodemailer connects, secures, logs in and speaks the
 * transaction. The body is given to it as a stream, because it reads a stream only after the relay
 * answered 354: the first read is the exact moment before the body begins, and it waits until the
 * ledger has noted that.
 */

/** How one submission over a lane ended. */
export type SubmitOutcome =
  /** The relay answered: with its final reply, or with a refusal of MAIL, RCPT, DATA or the mail. */
  | { readonly kind: 'reply'; readonly reply: SmtpReply }
  /** The connection could not be made, broke or fell silent. */
  | { readonly kind: 'broken'; readonly bodyBegun: boolean; readonly reason: string }
  /** The relay refused the session itself (greeting, TLS, login): nothing was said of this mail. */
  | { readonly kind: 'session-refused'; readonly reply: SmtpReply }
  /** We stopped it ourselves before the body was begun. */
  | { readonly kind: 'interrupted'; readonly error: unknown };

/** One message with its envelope, ready to go. */
export interface Submission {
  readonly envelope: Envelope;
  /** The bytes of the message, CRLF line ends, not dot-stuffed. */
  readonly message: Buffer;
  /** Awaited between 354 and the first byte; when it rejects, not a byte is sent. */
  readonly beforeBody: () => Promise<void>;
}

/** One connection to a relay; one submission at a time. */
export interface Lane {
  /** Submits a message; never rejects. */
  submit(submission: Submission): Promise<SubmitOutcome>;
  /** Whether another submission may follow on this connection. */
  readonly usable: boolean;
  /** How many submissions it has carried to an end. */
  readonly carried: number;
  /** Says QUIT. */
  quit(): void;
  /** Cuts the connection; a submission in hand ends as `interrupted` or `broken`. */
  abort(reason: string): void;
}

/** Result of {@link openLane}. */
export type LaneOpening =
  | { readonly kind: 'open'; readonly lane: Lane }
  | { readonly kind: 'session-refused'; readonly reply: SmtpReply }
  | { readonly kind: 'broken'; readonly reason: string };

/** Connects, secures and logs in; never rejects. */
export async function openLane(route: Route): Promise<LaneOpening> {
  const connection = new SMTPConnection({
    host: route.host,
    port: route.port,
    secure: route.secure,
    requireTLS: route.requireTls,
    name: route.greetingName,
    connectionTimeout: route.connectTimeoutMs,
    greetingTimeout: route.connectTimeoutMs,
    socketTimeout: route.replyTimeoutMs,
    tls: {
      minVersion: 'TLSv1.2',
      ...(route.tlsAuthorities === undefined ? {} : { ca: route.tlsAuthorities }),
    },
  });
  let failed: (error: unknown) => void = () => undefined;
  let usable = true;
  // Errors also come as events, outside of any call; without a listener they end the process.
  connection.on('error', (error: unknown) => {
    usable = false;
    failed(error);
  });
  connection.on('end', () => {
    usable = false;
    // nodemailer closes the connection itself on some refusals, and hands over the refusal only
    // after this event: it must come first.
    const fail = failed;
    setImmediate(() => fail(new Error('the relay closed the connection')));
  });

  try {
    await new Promise<void>((resolve, reject) => {
      failed = reject;
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    const auth = route.auth;
    if (auth !== undefined) {
      await new Promise<void>((resolve, reject) => {
        failed = reject;
        connection.login(loginOf(auth), (error) => (error ? reject(error) : resolve()));
      });
    }
  } catch (error) {
    connection.close();
    const reply = replyOf(error);
    return reply === undefined
      ? { kind: 'broken', reason: reasonOf(error) }
      : { kind: 'session-refused', reply };
  } finally {
    failed = () => undefined;
  }

  let carried = 0;
  let abortReason: string | undefined;

  const transact = async (submission: Submission): Promise<SubmitOutcome> => {
    let bodyBegun = false;
    let refusal: { readonly error: unknown } | undefined;
    const body = bodyStream(submission.message, async () => {
      try {
        await submission.beforeBody();
      } catch (error) {
        refusal = { error };
        throw error;
      }
      if (abortReason !== undefined) {
        refusal = { error: new Error(abortReason) };
        throw refusal.error;
      }
      bodyBegun = true;
    });
    const { mailFrom, rcptTo } = submission.envelope;
    try {
      const response = await new Promise<string>((resolve, reject) => {
        failed = reject;
        // No size: nodemailer would refuse an oversized message by itself, without a reply.
        const envelope = { from: mailFrom, to: [...rcptTo] };
        connection.send(envelope, body, (error, info) =>
          error ? reject(error) : resolve(info?.response ?? ''),
        );
      });
      const reply = parseSmtpReply(response);
      if (reply !== undefined) return { kind: 'reply', reply };
      return { kind: 'broken', bodyBegun, reason: 'the relay answered without a reply code' };
    } catch (error) {
      if (refusal !== undefined) {
        // 354 was given, so the only way back that sends nothing is to cut the connection.
        usable = false;
        connection.close();
        return { kind: 'interrupted', error: refusal.error };
      }
      const reply = replyOf(error);
      if (reply !== undefined) {
        await leaveTransaction(reply);
        return { kind: 'reply', reply };
      }
      usable = false;
      connection.close();
      if (abortReason !== undefined && !bodyBegun) return { kind: 'interrupted', error };
      return { kind: 'broken', bodyBegun, reason: abortReason ?? reasonOf(error) };
    } finally {
      failed = () => undefined;
      body.destroy();
    }
  };

  // A refused MAIL, RCPT or DATA leaves the transaction open: the next MAIL would be refused.
  const leaveTransaction = async (reply: SmtpReply): Promise<void> => {
    if (reply.code === 421 || !usable) {
      usable = false;
      connection.close();
      return;
    }
    try {
      await new Promise<void>((resolve, reject) => {
        failed = reject;
        connection.reset((error) => (error ? reject(error) : resolve()));
      });
    } catch {
      // The refusal stands; only this connection is spent.
      usable = false;
      connection.close();
    }
  };

  const lane: Lane = {
    async submit(submission) {
      const outcome = await transact(submission);
      carried += 1;
      return outcome;
    },
    get usable() {
      return usable;
    },
    get carried() {
      return carried;
    },
    quit() {
      usable = false;
      connection.quit();
    },
    abort(reason) {
      abortReason = reason;
      usable = false;
      failed(new Error(reason));
      connection.close();
    },
  };
  return { kind: 'open', lane };
}

/** A stream of one buffer that waits for `before` when it is first read. */
function bodyStream(message: Buffer, before: () => Promise<void>): Readable {
  let asked = false;
  return new Readable({
    // One push hands out the whole message; no smaller reads.
    highWaterMark: message.byteLength + 1,
    read() {
      if (asked) return;
      asked = true;
      before().then(
        () => {
          this.push(message);
          this.push(null);
        },
        (error: unknown) =>
          this.destroy(Object.assign(new Error(messageOf(error)), { cause: error })),
      );
    },
  });
}

function replyOf(error: unknown): SmtpReply | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  return typeof error.response === 'string' ? parseSmtpReply(error.response) : undefined;
}

/** Why there was no reply, without anything that could be a secret. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const text = messageOf(error).replace(/\s+/g, ' ').slice(0, 200);
  return code === undefined ? text : `${code}: ${text}`;
}
