import { z } from 'zod';
import { secretReference } from './secret-reference.ts';

const durationMs = z.int().min(1).max(2_147_483_647);
const hostName = z.string().regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or address');

/** A mailbox that is read. */
export const mailboxSchema = z.strictObject({
  host: hostName,
  port: z.int().min(1).max(65_535).optional(),
  secure: z.boolean().optional(),
  user: z.string().min(1),
  password: secretReference.optional(),
  folder: z.string().min(1).optional(),
  processedFolder: z.string().min(1).optional(),
  failedFolder: z.string().min(1).optional(),
  pollMs: durationMs.optional(),
  /** Larger mails go to Failed unread. */
  copyBytesMax: z.int().min(1_000).optional(),
  /** Host names of our own receiving servers, as they stand in Received; default: any. */
  receivedBy: z.array(hostName).optional(),
});

/** More mailboxes, each with what arrives in it. */
export const mailboxesSchema = z
  .array(
    mailboxSchema.extend({
      /** `copies`: BCC copies, bounces and complaints too; `notices`: bounces and complaints only. */
      role: z.enum(['copies', 'notices']),
    }),
  )
  .min(1);

/** A mailbox as it stands in the settings. */
export type MailboxSettings = z.infer<typeof mailboxSchema>;
/** One of several mailboxes as it stands in the settings. */
export type MailboxWithRole = z.infer<typeof mailboxesSchema>[number];
