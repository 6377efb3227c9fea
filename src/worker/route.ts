import { readAddress, readDomain } from '../mail/address.ts';
import { sendKinds, type SendKind } from '../mail/kinds.ts';
import type { UncertainPolicy } from '../mail/uncertain-policy.ts';
import { validationError, type Problem } from '../runtime/errors.ts';
import { isLoopback } from '../runtime/loopback.ts';
import {
  resolveCredentials,
  type CredentialsOptions,
  type RouteCredentials,
} from './credentials.ts';
import type { LimitRule } from './throttle-rules.ts';

/** A limit of one route; see {@link LimitRule}. Its name tells it from others of the same route. */
export type RouteLimit = Omit<LimitRule, 'route'>;

/** A relay (SMTP submission server) and how we use it. */
export interface RouteOptions {
  /** Name in events, logs and limits: letters, digits, `-` and `_`; default `default`. */
  readonly name?: string;
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (usually port 465); default false. */
  readonly secure?: boolean;
  /** Refuse to go on without STARTTLS; default true, except to this machine's own loopback. */
  readonly requireTls?: boolean;
  /** User name and password, or access tokens, for AUTH; default: no login. */
  readonly auth?: CredentialsOptions;
  /**
   * Routes of the lowest number are used as long as one of them takes mail; default 10. Like the
   * preference of an MX record.
   */
  readonly priority?: number;
  /** Share among the routes of the same priority, 0 to 1,000; 0 only when no other is left; default 1. */
  readonly weight?: number;
  /**
   * Whose mail may go here: addresses, domains (`acme.example`), domains with all below them
   * (`*.acme.example`); default: everybody's. They are compared with the user's own address.
   */
  readonly senders?: readonly string[];
  /** Kinds of mail that may go here; default: all. */
  readonly kinds?: readonly SendKind[];
  /**
   * Largest message in bytes. What the relay says of itself (SIZE, RFC 1870) counts as well;
   * default: only that.
   */
  readonly messageBytesMax?: number;
  /** What follows an attempt that may have been accepted or not; default `resend`. */
  readonly uncertainPolicy?: UncertainPolicy;
  /**
   * Whether the next envelope rides behind the body of a message (RFC 2920), which saves a round
   * trip; `auto` (default) gives it up when the relay answers out of step.
   */
  readonly chaining?: 'auto' | 'off';
  /** How much may go over it, counted over the whole fleet; default: any number. */
  readonly limits?: readonly RouteLimit[];
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
  readonly auth?: RouteCredentials;
  readonly priority: number;
  readonly weight: number;
  /** In lower case; absent: everybody's mail. */
  readonly senders?: readonly string[];
  readonly kinds: readonly SendKind[];
  readonly messageBytesMax?: number;
  readonly uncertainPolicy: UncertainPolicy;
  readonly chaining: 'auto' | 'off';
  readonly limits: readonly RouteLimit[];
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly idleMs: number;
  readonly tlsAuthorities?: string;
  readonly greetingName: string;
  readonly signs: 'us' | 'relay';
  readonly returnPath: 'ours' | 'relay';
}

/**
 * Fills in the defaults of a route.
 *
 * @throws OnbehalfError `INVALID_INPUT` for a route that would log in without TLS over a network, or
 *   has values that cannot be used
 */
export function resolveRoute(options: RouteOptions, providerDomain: string): Route {
  return resolveRoutes([options], providerDomain)[0] as Route;
}

/**
 * Fills in the defaults of all routes and checks them together.
 *
 * @throws OnbehalfError `INVALID_INPUT` with every problem
 */
export function resolveRoutes(
  options: readonly RouteOptions[],
  providerDomain: string,
): readonly Route[] {
  const routes = options.map((each) => withDefaults(each, providerDomain));
  const problems = routes.flatMap((route, index) => {
    const field = routes.length === 1 ? 'route' : `routes.${index}`;
    const known = routes.findIndex(({ name }) => name === route.name) < index;
    const message = `another route is called "${route.name}" as well; give each its own name`;
    return [...(known ? [{ field: `${field}.name`, message }] : []), ...problemsOf(route, field)];
  });
  if (routes.length === 0) problems.push({ field: 'routes', message: 'must hold at least one' });
  if (problems.length > 0) throw validationError('INVALID_INPUT', 'routes', problems);
  return routes;
}

/** The limits of all routes as the throttle takes them, each named `<route>.<limit>`. */
export function limitRulesOf(routes: readonly Route[]): readonly LimitRule[] {
  return routes.flatMap(({ name, limits }) =>
    limits.map((limit) => ({ ...limit, name: `${name}.${limit.name}`, route: name })),
  );
}

function withDefaults(options: RouteOptions, providerDomain: string): Route {
  const { auth, tlsAuthorities, senders, messageBytesMax } = options;
  return {
    name: options.name ?? 'default',
    host: options.host,
    port: options.port,
    secure: options.secure ?? false,
    requireTls: options.requireTls ?? !isLoopback(options.host),
    ...(auth === undefined ? {} : { auth: resolveCredentials(auth) }),
    priority: options.priority ?? 10,
    weight: options.weight ?? 1,
    ...(senders === undefined ? {} : { senders: senders.map((each) => each.toLowerCase()) }),
    kinds: options.kinds ?? sendKinds,
    ...(messageBytesMax === undefined ? {} : { messageBytesMax }),
    uncertainPolicy: options.uncertainPolicy ?? 'resend',
    chaining: options.chaining ?? 'auto',
    limits: options.limits ?? [],
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

function problemsOf(route: Route, field: string): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (name: string, message: string): void => {
    problems.push({ field: `${field}.${name}`, message });
  };
  // Names stand in Redis keys, events and command lines.
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(route.name)) refuse('name', 'must be letters, digits, - or _');
  if (!(route.weight >= 0 && route.weight <= 1_000)) refuse('weight', 'must be from 0 to 1,000');
  if (!Number.isSafeInteger(route.priority)) refuse('priority', 'must be a whole number');
  if (route.kinds.length === 0) refuse('kinds', 'is empty: no mail could go here; leave it out');
  if (route.senders?.length === 0)
    refuse('senders', 'is empty: no mail could go here; leave it out');
  if (new Set(route.limits.map(({ name }) => name)).size < route.limits.length) {
    refuse('limits', 'must each have a name of their own');
  }
  for (const sender of route.senders ?? []) {
    if (!isSenderPattern(sender)) {
      refuse(
        'senders',
        `must hold addresses, domains or *.domains, in A-labels; "${sender}" is none of them`,
      );
    }
  }
  // A relay that does not offer TLS would otherwise be told the password in clear.
  if (route.auth !== undefined && !route.secure && !route.requireTls && !isLoopback(route.host)) {
    refuse('requireTls', 'must not be false where we log in: the password would go in clear');
  }
  return problems;
}

function isSenderPattern(text: string): boolean {
  if (text.includes('@')) {
    const reading = readAddress(text);
    return reading.ok && reading.address === text;
  }
  const domain = text.startsWith('*.') ? text.slice(2) : text;
  return readDomain(domain) === domain;
}
