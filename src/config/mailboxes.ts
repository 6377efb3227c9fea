import type { Problem } from '../runtime/errors.ts';
import type { MailboxSettings, MailboxWithRole } from './mailbox-schema.ts';
import type { SecretReference } from './secret-reference.ts';

/** What arrives in a mailbox: `copies` (bounces and complaints too), or `notices` only. */
export type MailboxRole = MailboxWithRole['role'];

/** A mailbox that is read. */
export interface MailboxConfig {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly password: string;
  readonly folder: string;
  readonly processedFolder: string;
  readonly failedFolder: string;
  readonly pollMs: number;
  readonly copyBytesMax: number;
  readonly receivedBy: readonly string[];
}

/** Looks up a secret; `variable` is the environment variable that comes before the reference. */
export type SecretLookup = (
  field: string,
  reference: SecretReference | undefined,
  variable?: string,
) => string | undefined;

/** The mailbox of `mailbox`, with defaults; its password may be in the environment. */
export function mailboxOf(
  settings: MailboxSettings,
  secret: SecretLookup,
  problems: Problem[],
): MailboxConfig {
  const password = secret('mailbox.password', settings.password, 'ONBEHALF_MAILBOX_PASSWORD');
  if (password === undefined) {
    problems.push({
      field: 'mailbox.password',
      message: 'is missing; set ONBEHALF_MAILBOX_PASSWORD or name a file or variable',
    });
  }
  return withDefaults(settings, password);
}

/**
 * The mailboxes of `mailboxes`, with defaults.
 *
 * @param single that of `mailbox`: none of the others may be the same
 */
export function mailboxesOf(
  settings: readonly MailboxWithRole[],
  single: MailboxConfig | undefined,
  secret: SecretLookup,
  problems: Problem[],
): readonly (MailboxConfig & { readonly role: MailboxRole })[] {
  const names = new Set(single === undefined ? [] : [nameOf(single)]);
  return settings.map(({ role, ...each }, index) => {
    const field = `mailboxes.${index}`;
    const password = secret(`${field}.password`, each.password);
    if (password === undefined) {
      const message = 'is missing; name a file or variable';
      problems.push({ field: `${field}.password`, message });
    }
    const mailbox = { role, ...withDefaults(each, password) };
    if (names.has(nameOf(mailbox))) {
      problems.push({ field, message: `reads ${nameOf(mailbox)}, as another one does` });
    }
    names.add(nameOf(mailbox));
    return mailbox;
  });
}

function nameOf({ user, host, port, folder }: MailboxConfig): string {
  return `${user}@${host}:${port}/${folder}`;
}

function withDefaults(mailbox: MailboxSettings, password: string | undefined): MailboxConfig {
  const secure = mailbox.secure ?? true;
  return {
    host: mailbox.host,
    port: mailbox.port ?? (secure ? 993 : 143),
    secure,
    user: mailbox.user,
    password: password ?? '',
    folder: mailbox.folder ?? 'INBOX',
    processedFolder: mailbox.processedFolder ?? 'Processed',
    failedFolder: mailbox.failedFolder ?? 'Failed',
    pollMs: mailbox.pollMs ?? 30_000,
    copyBytesMax: mailbox.copyBytesMax ?? 25 * 1024 * 1024,
    receivedBy: mailbox.receivedBy ?? [],
  };
}
