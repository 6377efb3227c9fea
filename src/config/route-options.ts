import type { Problem } from '../runtime/errors.ts';
import type { CredentialsOptions } from '../worker/credentials.ts';
import { resolveRoutes, type RouteOptions } from '../worker/route.ts';
import type { RouteSettings } from './routes-schema.ts';
import type { SecretReading, SecretReference } from './secret-reference.ts';

/** How secrets that settings name are read; a file is read anew with each call. */
export type ReadSecret = (reference: SecretReference) => SecretReading;

/**
 * Routes as workers take them, with the secrets that settings name. What is wrong goes into
 * `problems`, under `routes.<index>.<field>`. None where settings name none.
 *
 * @param providerDomain for the checks that need all defaults
 */
export function routeOptionsOf(
  settings: readonly RouteSettings[],
  readSecret: ReadSecret,
  providerDomain: string,
  problems: Problem[],
): readonly RouteOptions[] {
  const found = problems.length;
  const options = settings.flatMap((each, index) => {
    const refuse = (field: string, message: string): undefined => {
      problems.push({ field: `routes.${index}.${field}`, message });
      return undefined;
    };
    const { user, password, accessToken, tlsAuthorities, port, ...rest } = each;
    const auth = credentialsOf({ user, password, accessToken }, readSecret, refuse);
    const authorities = tlsAuthorities === undefined ? undefined : readSecret(tlsAuthorities);
    if (authorities?.ok === false) refuse('tlsAuthorities', authorities.reason);
    return [
      {
        ...withoutUndefined(rest),
        port: port ?? (each.secure === true ? 465 : 587),
        ...(auth === undefined ? {} : { auth }),
        ...(authorities?.ok === true ? { tlsAuthorities: authorities.secret } : {}),
      } as RouteOptions,
    ];
  });
  // A route that lacks its password would be blamed for what only follows from that.
  if (options.length > 0 && problems.length === found) {
    checkTogether(options, providerDomain, problems);
  }
  return options;
}

function credentialsOf(
  { user, password, accessToken }: Pick<RouteSettings, 'user' | 'password' | 'accessToken'>,
  readSecret: ReadSecret,
  refuse: (field: string, message: string) => undefined,
): CredentialsOptions | undefined {
  if (user === undefined) {
    if (password === undefined && accessToken === undefined) return undefined;
    return refuse('user', 'is needed with a password or an access token');
  }
  if (password !== undefined && accessToken !== undefined) {
    return refuse('accessToken', 'stands beside a password; give one of them');
  }
  const reference = accessToken ?? password;
  if (reference === undefined) {
    return refuse('password', 'is needed with user; name a file or variable, or an accessToken');
  }
  const reading = readSecret(reference);
  if (!reading.ok) {
    return refuse(accessToken === undefined ? 'password' : 'accessToken', reading.reason);
  }
  if (accessToken === undefined) return { user, password: reading.secret };
  return { kind: 'oauth2', user, accessToken: async () => tokenNow(accessToken, readSecret) };
}

/** Whoever refreshes tokens replaces the file; a login takes what stands in it then. */
function tokenNow(reference: SecretReference, readSecret: ReadSecret): string {
  const reading = readSecret(reference);
  if (!reading.ok) throw Object.assign(new Error(reading.reason), { code: 'ENOTOKEN' });
  return reading.secret.trim();
}

function checkTogether(
  options: readonly RouteOptions[],
  providerDomain: string,
  problems: Problem[],
): void {
  try {
    resolveRoutes(options, providerDomain);
  } catch (error) {
    const found = (error as { readonly problems?: readonly Problem[] }).problems ?? [];
    if (found.length === 0) throw error;
    for (const { field, message } of found) {
      // A single route is called by what `createWorker` calls it.
      problems.push({ field: field.replace(/^route\./, 'routes.0.'), message });
    }
  }
}

function withoutUndefined(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
