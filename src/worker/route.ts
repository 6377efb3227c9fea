import { isLoopback } from '../runtime/loopback.ts';

/** A relay (SMTP submission server) and how we use it. */
export interface RouteOptions {
  /** Name in events and logs; default `default`. */
  readonly name?: string;
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (usually port 465); default false. */
  readonly secure?: boolean;
  /** Refuse to go on without STARTTLS; default true, except to this machine's own loopback. */
  readonly requireTls?: boolean;
  /** User name and password for AUTH; default: no login. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Most connections of this process to the relay; default 10. */
  readonly connectionsMax?: number;
  /** Time to connect, to the greeting and through TLS and login, each in milliseconds; default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Longest silence inside a transaction, in milliseconds; default 300,000. */
  readonly replyTimeoutMs?: number;
  /** An unused connection is closed after this time, in milliseconds; default 20,000. */
  readonly idleMs?: number;
  /** Trusted certificate authorities (PEM) besides those of the system, for a relay with its own. */
  readonly tlsAuthorities?: string;
  /** Name we greet with (EHLO); default: the provider's domain. */
  readonly greetingName?: string;
  /** Who signs: we (default), or the relay; then no message carries a signature of ours. */
  readonly signs?: 'us' | 'relay';
  /**
   * Whose return path a message has: ours (default), a token that names the send, or the relay's, which
   * replaces what we give. Such relays also replace Message-ID, Date and Sender: our signature then
   * leaves those out.
   */
  readonly returnPath?: 'ours' | 'relay';
}

/** A route with every default filled in. */
export interface Route {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly requireTls: boolean;
  readonly auth?: { readonly user: string; readonly password: string };
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly idleMs: number;
  readonly tlsAuthorities?: string;
  readonly greetingName: string;
  readonly signs: 'us' | 'relay';
  readonly returnPath: 'ours' | 'relay';
}

/** Fills in the defaults of a route. */
export function resolveRoute(options: RouteOptions, providerDomain: string): Route {
  const { auth, tlsAuthorities } = options;
  return {
    name: options.name ?? 'default',
    host: options.host,
    port: options.port,
    secure: options.secure ?? false,
    requireTls: options.requireTls ?? !isLoopback(options.host),
    ...(auth === undefined ? {} : { auth }),
    connectionsMax: options.connectionsMax ?? 10,
    connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
    replyTimeoutMs: options.replyTimeoutMs ?? 300_000,
    idleMs: options.idleMs ?? 20_000,
    ...(tlsAuthorities === undefined ? {} : { tlsAuthorities }),
    greetingName: options.greetingName ?? providerDomain,
    signs: options.signs ?? 'us',
    returnPath: options.returnPath ?? 'ours',
  };
}
