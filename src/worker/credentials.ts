import { callbackify } from 'node:util';
import type { SMTPConnectionAuth } from 'nodemailer/lib/smtp-connection';
import XOAuth2 from 'nodemailer/lib/xoauth2';
import { codeOf } from '../runtime/errors.ts';

/** How we log in at a relay: AUTH PLAIN, LOGIN or CRAM-MD5 (RFC 4954), or XOAUTH2. */
export type RouteCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'oauth2';
      readonly user: string;
      /**
       * Gives an access token, for each login anew: keep it while it is valid.
       *
       * @param renew true when the relay has just refused the token that was given before
       */
      readonly accessToken: (renew: boolean) => Promise<string>;
    };

/** Credentials as callers write them; without a `kind` they are a password's. */
export type CredentialsOptions =
  RouteCredentials | { readonly user: string; readonly password: string };

/** Fills in the kind. */
export function resolveCredentials(options: CredentialsOptions): RouteCredentials {
  return 'kind' in options ? options : { kind: 'password', ...options };
}

/**
 * Credentials as nodemailer's `login()` takes them. With a password it chooses the first mechanism
 * that the relay offers; with a token it is XOAUTH2, and asks once for a new token when refused.
 */
export function loginOf(credentials: RouteCredentials): SMTPConnectionAuth {
  switch (credentials.kind) {
    case 'password':
      return { user: credentials.user, pass: credentials.password };
    case 'oauth2': {
      const { user } = credentials;
      const ask = callbackify(async (renew: boolean) => tokenOf(credentials, renew));
      const oauth2 = new XOAuth2({
        user,
        provisionCallback: (_user, renew, done) => ask(renew, done),
      });
      return { user, oauth2 };
    }
  }
}

async function tokenOf(
  { accessToken }: Extract<RouteCredentials, { kind: 'oauth2' }>,
  renew: boolean,
): Promise<string> {
  try {
    return await accessToken(renew);
  } catch (error) {
    // What a token server says may hold secrets, and this error goes to logs and events.
    const code = codeOf(error);
    throw new Error(`no access token could be had${code === undefined ? '' : `: ${code}`}`);
  }
}
