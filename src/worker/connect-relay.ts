import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { printableText } from '../mail/printable-text.ts';
import { parseSmtpReply, type SmtpReply } from '../mail/smtp-reply.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { loginOf } from './credentials.ts';
import { isLoopback } from '../runtime/loopback.ts';
import { withoutSecrets, type SentSecrets } from './redact-secrets.ts';
import { readRelayOffers, type RelayOffers } from './relay-offers.ts';
import type { Route } from './route.ts';

/** A session that is ready for mail: connected, secured, logged in. */
export interface RelaySession {
  readonly kind: 'ready';
  readonly connection: SMTPConnection;
  readonly offers: RelayOffers;
  /** Called once with what ends the connection from here on, until the socket is taken over. */
  onFailure(listener: (error: unknown) => void): void;
}

/** Why there is no session. */
export type NoSession =
  /** The relay refused it (greeting, TLS, login) in its own words. */
  | { readonly kind: 'session-refused'; readonly reply: SmtpReply }
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Connects, secures and logs in with nodemailer; never rejects. Nothing that it returns holds a
 * password or token, not even when the relay repeats it in its reply.
 */
export async function connectRelay(route: Route): Promise<RelaySession | NoSession> {
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
  // Errors also come as events, outside of any call; without a listener they end the process.
  connection.on('error', (error: unknown) => failed(error));
  connection.on('end', () => {
    // nodemailer closes the connection itself on some refusals, and hands over the refusal only
    // after this event: it must come first.
    const fail = failed;
    setImmediate(() => fail(new Error('the relay closed the connection')));
  });
  /** One step of the way; the time holds for all of it, also for a relay that drips its replies. */
  const step = async (
    what: string,
    run: (done: (error?: unknown) => void) => void,
  ): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        failed = reject;
        const late = new Error(`the relay took too long ${what}`);
        timer = setTimeout(() => reject(late), route.connectTimeoutMs);
        run((error) => (error ? reject(error) : resolve()));
      });
    } finally {
      clearTimeout(timer);
      failed = () => undefined;
    }
  };

  const secrets: SentSecrets = { user: route.auth?.user ?? '', secrets: [] };
  try {
    await step('to greet us', (done) => connection.connect(done));
    const greeting = connection.lastServerResponse;
    const offers = readRelayOffers(greeting === false ? '' : greeting);
    if (route.auth !== undefined) {
      if (!connection.secure && !isLoopback(route.host)) {
        throw new Error('the connection is not encrypted, so no login is sent over it');
      }
      const login = loginOf(remembering(route.auth, secrets));
      await step('to log us in', (done) => connection.login(login, done));
    }
    return {
      kind: 'ready',
      connection,
      offers,
      onFailure(listener) {
        failed = listener;
      },
    };
  } catch (error) {
    connection.close();
    const reply = replyOf(error);
    return reply === undefined
      ? { kind: 'broken', reason: withoutSecrets(reasonOf(error), secrets) }
      : {
          kind: 'session-refused',
          reply: { ...reply, text: withoutSecrets(reply.text, secrets) },
        };
  }
}

/** The same credentials; what they give out is noted, so that it can be found in replies. */
function remembering(auth: NonNullable<Route['auth']>, noted: SentSecrets): typeof auth {
  switch (auth.kind) {
    case 'password':
      noted.secrets.push(auth.password);
      return auth;
    case 'oauth2':
      return {
        ...auth,
        async accessToken(renew) {
          const token = await auth.accessToken(renew);
          noted.secrets.push(token);
          return token;
        },
      };
  }
}

/** The reply of the relay that an error of nodemailer carries. */
export function replyOf(error: unknown): SmtpReply | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  return typeof error.response === 'string' ? parseSmtpReply(error.response) : undefined;
}

/** Why there was no reply: one line, safe to print. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const text = printableText(messageOf(error)).replace(/\s+/g, ' ').slice(0, 200);
  return code === undefined ? text : `${code}: ${text}`;
}
