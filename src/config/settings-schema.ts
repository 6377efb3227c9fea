import { z } from 'zod';
import { mailboxesSchema, mailboxSchema } from './mailbox-schema.ts';
import { retrySchema } from './retry-schema.ts';
import { routesSchema } from './routes-schema.ts';
import { secretReference } from './secret-reference.ts';

const port = z.int().min(1).max(65_535);
const durationMs = z.int().min(1).max(2_147_483_647);
const hostName = z.string().regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or address');

const threshold = z.strictObject({
  share: z.number().gt(0).max(1).optional(),
  countMin: z.int().min(1).optional(),
  ofMin: z.int().min(1).optional(),
});

/**
 * What a configuration file may hold; every field is optional, `defaults.ts` fills in the rest.
 * Passwords and keys stand in it as references only.
 */
export const settingsSchema = z.strictObject({
  /** Folder for what this installation keeps: keys, database, embedded Redis. Default `.onbehalf`. */
  stateDirectory: z.string().min(1).optional(),
  redis: z
    .strictObject({
      /** `redis://…`, `rediss://…` or the path of a Unix socket; default: the one that `up` runs. */
      url: z.string().min(1).optional(),
      /** Tells several installations on one Redis apart. */
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be letters, digits, - or _')
        .optional(),
    })
    .optional(),
  database: z
    .strictObject({
      /** Path of the SQLite file; default `history.sqlite` in the state folder. */
      file: z.string().min(1).optional(),
    })
    .optional(),
  provider: z
    .strictObject({
      domain: hostName.optional(),
      senderName: z.string().max(200).optional(),
      senderAddress: z.string().optional(),
      bounceHost: hostName.optional(),
      /** Host of the From addresses of mode `rewritten`; default `u.<domain>`. */
      aliasHost: hostName.optional(),
      /** Label of the return-path host below a customer's domain; default `em`. */
      returnPathLabel: z
        .string()
        .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be one lower-case DNS label')
        .optional(),
      /** Where one click unsubscribes; the token is appended. Default `https://unsubscribe.<domain>/u/`. */
      unsubscribeUrl: z.string().optional(),
      /** Our part of Feedback-ID; default made from the domain. */
      feedbackSenderId: z.string().optional(),
      /** Host of the dropbox addresses; default `in.<domain>`. */
      dropboxHost: hostName.optional(),
      /** What stands before the `+` of a dropbox address; default `dropbox`. */
      dropboxName: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{0,30}$/, 'must be lower-case letters and digits')
        .optional(),
    })
    .optional(),
  dns: z
    .strictObject({
      /** DNS servers, `address` or `address:port`; default: those of this machine. */
      servers: z
        .array(
          z.string().regex(/^[0-9A-Fa-f.:[\]]+$/, 'must be an address, with or without a port'),
        )
        .min(1)
        .optional(),
      /** A file that is used instead of DNS, for tests and offline. */
      zoneFile: z.string().min(1).optional(),
    })
    .optional(),
  /** DKIM keys, the active one first; default: one made under `<state>/keys`. */
  dkim: z
    .array(z.strictObject({ selector: z.string().min(1), privateKey: secretReference }))
    .min(1)
    .optional(),
  relay: z
    .strictObject({
      host: hostName.optional(),
      port: port.optional(),
      secure: z.boolean().optional(),
      requireTls: z.boolean().optional(),
      user: z.string().min(1).optional(),
      password: secretReference.optional(),
      connectionsMax: z.int().min(1).max(1_000).optional(),
      /** Whether an envelope may ride behind the body before it. */
      chaining: z.enum(['auto', 'off']).optional(),
      /** Who signs; `relay` for one that signs by itself. */
      signs: z.enum(['us', 'relay']).optional(),
      /** Whose return path; `relay` for one that replaces it. */
      returnPath: z.enum(['ours', 'relay']).optional(),
      connectTimeoutMs: durationMs.optional(),
      replyTimeoutMs: durationMs.optional(),
    })
    .optional(),
  /** Several relays, or one with limits and more; in place of `relay`. */
  routes: routesSchema.optional(),
  worker: z
    .strictObject({
      /** Kinds of mail for which on-behalf may be used where it can pass. */
      onBehalfKinds: z.array(z.enum(['single', 'sequence', 'bulk'])).optional(),
      concurrency: z.int().min(1).max(10_000).optional(),
      drainMs: durationMs.optional(),
      lockMs: z.int().min(1_000).max(3_600_000).optional(),
      /** Takes no jobs while more outcome events than this wait to be read. */
      eventsMax: z.int().min(1).optional(),
      retry: retrySchema.optional(),
    })
    .optional(),
  /** What replies mean, where it is not as our rules say (`bounce-rules.ts` checks each rule). */
  bounces: z
    .strictObject({
      rules: z.array(z.unknown()).max(10_000).optional(),
      /** A JSON file with more of them, read again when it changes. */
      rulesFile: z.string().min(1).optional(),
    })
    .optional(),
  /** When the mail of a sender or campaign is held; `false`: never. */
  breaker: z
    .union([
      z.literal(false),
      z.strictObject({ complaints: threshold.optional(), spamRefusals: threshold.optional() }),
    ])
    .optional(),
  /** The mailbox that receives copies; default: none. */
  mailbox: mailboxSchema.optional(),
  /** More mailboxes, of copies or of bounces and complaints; default: none. */
  mailboxes: mailboxesSchema.optional(),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional() })
    .optional(),
});

/** A configuration file, checked. */
export type Settings = z.infer<typeof settingsSchema>;
