import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { systemClock } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';

/** Largest message a relay takes, in bytes; announced as SIZE (RFC 1870). */
export const relaySizeBytes = 30 * 1024 * 1024;

/** Where in the SMTP dialogue an answer is asked for; `data` means after the final dot. */
type RelayStage = 'connect' | 'mail' | 'rcpt' | 'data';

/** What is known when an answer is asked for. */
interface RelaySession {
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** The envelope sender; empty for the null sender and before MAIL. */
  readonly mailFrom: string;
  /** Recipients accepted so far in this transaction. */
  readonly rcptTo: readonly string[];
  /** The recipient that is judged: stage `rcpt` only. */
  readonly recipient?: string;
  /** The whole message: stage `data` only. */
  readonly message?: Buffer;
}

/** What the relay says: yes, or an SMTP reply of 4xx or 5xx. Code 421 also ends the session. */
export type RelayAnswer =
  | { readonly kind: 'accept' }
  | { readonly kind: 'refuse'; readonly code: number; readonly text: string };

/** Decides on one stage; may take its time. */
export type RelayScript = (
  stage: RelayStage,
  session: RelaySession,
) => RelayAnswer | Promise<RelayAnswer>;

/** A transaction the relay has taken responsibility for. */
export interface RelayedMail {
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** As it came, dots unstuffed. */
  readonly message: Buffer;
  /** When the final dot was answered, in milliseconds since 1970. */
  readonly at: number;
  readonly connection: number;
}

/** What {@link startRelay} takes. */
export interface RelayOptions {
  /** Default: everything is accepted. */
  readonly answer?: RelayScript;
  /** Clients must log in with these (AUTH PLAIN or LOGIN, also without TLS); default: no AUTH. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Offer STARTTLS with a self-signed certificate; default false. */
  readonly startTls?: boolean;
  /** Port on 127.0.0.1; default 0, any free one. */
  readonly port?: number;
  readonly clock?: Clock;
}

/** A running relay. */
export interface Relay extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Every accepted transaction, in order; grows while the relay runs. */
  readonly accepted: readonly RelayedMail[];
  /** How often each answer was given, by stage and code: `rcpt 451`, `data 250`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Connections opened so far. */
  readonly connectionCount: number;
  /**
   * Resolves as soon as the accepted transactions satisfy the predicate; rejects when the relay is
   * stopped before.
   */
  waitFor(predicate: (accepted: readonly RelayedMail[]) => boolean): Promise<void>;
  /** Ends at once, open sessions included; may be called twice. */
  stop(): Promise<void>;
}

/** The default script. */
const acceptAll: RelayScript = () => ({ kind: 'accept' });

const okCodes = { connect: 220, mail: 250, rcpt: 250, data: 250 } as const;

interface Waiter {
  readonly predicate: (accepted: readonly RelayedMail[]) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Starts an SMTP relay on 127.0.0.1 that answers as its script says and keeps what it accepts. */
export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const script = options.answer ?? acceptAll;
  const clock = options.clock ?? systemClock;
  const accepted: RelayedMail[] = [];
  const answers = new Map<string, number>();
  const connectionNumbers = new Map<string, number>();
  const sockets = new Set<Socket>();
  const waiters = new Set<Waiter>();
  let connectionCount = 0;

  /** Asks the script, counts, and turns the answer into what smtp-server's callbacks take. */
  const judge = async (
    stage: RelayStage,
    session: SMTPServerSession,
    more: Pick<RelaySession, 'recipient' | 'message'> = {},
  ): Promise<SmtpRefusal | undefined> => {
    const answer = await script(stage, {
      connection: connectionNumbers.get(session.id) ?? 0,
      ...envelopeOf(session),
      ...more,
    });
    const key = `${stage} ${answer.kind === 'accept' ? okCodes[stage] : answer.code}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
    return answer.kind === 'accept' ? undefined : new SmtpRefusal(answer.code, answer.text);
  };

  const keep = (session: SMTPServerSession, message: Buffer): void => {
    accepted.push({
      ...envelopeOf(session),
      message,
      at: clock.now(),
      connection: connectionNumbers.get(session.id) ?? 0,
    });
    for (const waiter of waiters) {
      if (!waiter.predicate(accepted)) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };

  const server = new SMTPServer({
    ...settings(options),
    onConnect(session, callback) {
      connectionCount += 1;
      connectionNumbers.set(session.id, connectionCount);
      void reply(judge('connect', session), callback);
    },
    onMailFrom(address, session, callback) {
      // The library enters the sender into its envelope only after this answer.
      const asked = { ...session, envelope: { ...session.envelope, mailFrom: address } };
      void reply(judge('mail', asked), callback);
    },
    onRcptTo({ address }, session, callback) {
      void reply(judge('rcpt', session, { recipient: address }), callback);
    },
    onData(stream, session, callback) {
      const judgeMessage = async (): Promise<SmtpRefusal | undefined> => {
        const message = await readAll(stream);
        if (stream.sizeExceeded) return new SmtpRefusal(552, '5.3.4 Message too big');
        const refusal = await judge('data', session, { message });
        if (refusal === undefined) keep(session, message);
        return refusal;
      };
      void reply(judgeMessage(), (refusal) => callback(refusal, '2.0.0 Ok: queued'));
    },
    onClose(session) {
      connectionNumbers.delete(session.id);
    },
  });
  // A client that goes away in mid-session is an everyday event, not an error of the relay.
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
    for (const waiter of waiters) {
      waiter.reject(new Error(`the relay was stopped after ${accepted.length} accepted mails`));
    }
    waiters.clear();
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= close());

  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    accepted,
    answers,
    get connectionCount() {
      return connectionCount;
    },
    async waitFor(predicate) {
      if (predicate(accepted)) return;
      await new Promise<void>((resolve, reject) => waiters.add({ predicate, resolve, reject }));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** smtp-server takes a refusal as an error with the reply's code. */
class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

/** Hands a judgement to smtp-server; a script that throws is a relay in trouble, hence 451. */
async function reply(
  judgement: Promise<SmtpRefusal | undefined>,
  callback: (refusal?: Error | null) => void,
): Promise<void> {
  let refusal: SmtpRefusal | undefined;
  try {
    refusal = await judgement;
  } catch (error) {
    refusal = new SmtpRefusal(451, `4.3.0 ${messageOf(error)}`);
  }
  callback(refusal);
}

function settings(options: RelayOptions): SMTPServerOptions {
  const { auth } = options;
  const disabledCommands = [
    ...(auth === undefined ? ['AUTH'] : []),
    ...(options.startTls === true ? [] : ['STARTTLS']),
  ];
  return {
    name: 'relay.localhost',
    banner: 'Onbehalf local relay',
    size: relaySizeBytes,
    disabledCommands,
    disableReverseLookup: true,
    allowInsecureAuth: true,
    authOptional: auth === undefined,
    maxAllowedUnauthenticatedCommands: false,
    // False also silences the warning about the built-in certificate, which is wanted here.
    logger: false,
    onAuth(login, _session, callback) {
      if (auth !== undefined && login.username === auth.user && login.password === auth.password) {
        callback(null, { user: auth.user });
        return;
      }
      callback(new SmtpRefusal(535, '5.7.8 Authentication credentials invalid'));
    },
  };
}

function envelopeOf(session: SMTPServerSession): Pick<RelaySession, 'mailFrom' | 'rcptTo'> {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    mailFrom: mailFrom === false ? '' : mailFrom.address,
    rcptTo: rcptTo.map((recipient) => recipient.address),
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
