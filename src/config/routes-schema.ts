import { z } from 'zod';
import { recipientProviders } from '../mail/domain-facts.ts';
import { sendKinds } from '../mail/kinds.ts';
import { uncertainPolicies } from '../mail/uncertain-policy.ts';
import { secretReference } from './secret-reference.ts';

const durationMs = z.int().min(1).max(2_147_483_647);
const hostName = z.string().regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or address');
const name = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be letters, digits, - or _');

/** One limit of a route; every window of it holds at once, over the whole fleet. */
const limitSchema = z.strictObject({
  name,
  windows: z
    .array(
      z.strictObject({
        sendsMax: z.int().min(1),
        perMs: z
          .int()
          .min(100)
          .max(31 * 86_400_000),
      }),
    )
    .min(1)
    .optional(),
  /** Most sends on their way at once. */
  openMax: z.int().min(1).optional(),
  /** One count for each of these; default: one for the route. */
  per: z.array(z.enum(['provider', 'sender', 'sender-domain', 'tenant'])).optional(),
  /** Only to recipients of this provider. */
  provider: z.enum(recipientProviders).optional(),
  /** Only from this address or domain. */
  sender: z.string().min(1).optional(),
});

/** One relay of `routes`. */
export const routeSchema = z.strictObject({
  name,
  host: hostName,
  port: z.int().min(1).max(65_535).optional(),
  secure: z.boolean().optional(),
  requireTls: z.boolean().optional(),
  user: z.string().min(1).optional(),
  password: secretReference.optional(),
  /** In place of a password: a token for XOAUTH2. A file is read anew for each login. */
  accessToken: secretReference.optional(),
  /** The lowest number is used first; default 10. */
  priority: z.int().min(-1_000_000).max(1_000_000).optional(),
  /** Share among the routes of the same priority; default 1. */
  weight: z.number().min(0).max(1_000).optional(),
  /** Addresses, domains and `*.domains` whose mail may go here; default: everybody's. */
  senders: z.array(z.string().min(1)).min(1).optional(),
  kinds: z.array(z.enum(sendKinds)).min(1).optional(),
  messageBytesMax: z.int().min(1_000).optional(),
  uncertainPolicy: z.enum(uncertainPolicies).optional(),
  chaining: z.enum(['auto', 'off']).optional(),
  limits: z.array(limitSchema).optional(),
  connectionsMax: z.int().min(1).max(1_000).optional(),
  connectTimeoutMs: durationMs.optional(),
  replyTimeoutMs: durationMs.optional(),
  idleMs: durationMs.optional(),
  /** Certificate authorities (PEM) of a relay with its own. */
  tlsAuthorities: secretReference.optional(),
  greetingName: hostName.optional(),
  signs: z.enum(['us', 'relay']).optional(),
  returnPath: z.enum(['ours', 'relay']).optional(),
});

/** Relays in place of `relay`, where there are several or one that needs more. */
export const routesSchema = z.array(routeSchema).min(1).max(100);

/** A relay of `routes` as it is written, checked. */
export type RouteSettings = z.infer<typeof routeSchema>;
