import type { SystemAccount } from './system-account.ts';

/** What {@link dovecotConfig} takes. */
export interface DovecotConfigOptions {
  /** Holds everything Dovecot writes; owned by the account. */
  readonly directory: string;
  /** The user Dovecot runs as. */
  readonly account: SystemAccount;
  readonly imapPort: number;
  readonly lmtpPort: number;
  /** Mailboxes beside INBOX, made at the first login. */
  readonly folders: readonly string[];
}

/**
 * The text of a Dovecot 2.3 configuration that needs no root: IMAP and LMTP on 127.0.0.1, plain
 * passwords from the file `users`, mail as Maildir below `mail`. Users are looked up by the part
 * before the `@`, without a `+detail`, so mail for any domain reaches them and the detail stays
 * visible in `Delivered-To`.
 */
export function dovecotConfig(options: DovecotConfigOptions): string {
  const { directory, account } = options;
  const folders = options.folders.map((name) => `  mailbox ${name} {\n    auto = create\n  }\n`);
  // Dovecot reads no block that is written on one line.
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Ln
default_login_user = ${account.user}
default_internal_user = ${account.user}
default_internal_group = ${account.group}
mail_location = maildir:${directory}/mail/%n
first_valid_uid = 1
mail_uid = ${account.user}
mail_gid = ${account.group}
recipient_delimiter = +
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n ${directory}/users
}
userdb {
  driver = passwd-file
  args = username_format=%n ${directory}/users
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${options.imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${options.lmtpPort}
  }
}
protocol lmtp {
  postmaster_address = postmaster@localhost
}
namespace inbox {
  inbox = yes
  separator = /
${folders.join('')}}
`;
}

/** The text of the file `users`: one line per user, with uid, gid and home for its mail. */
export function dovecotUsers(
  users: readonly { readonly name: string; readonly password: string }[],
  directory: string,
  account: SystemAccount,
): string {
  const lines = users.map(
    ({ name, password }) =>
      `${name}:{PLAIN}${password}:${account.uid}:${account.gid}::${directory}/mail/${name}::\n`,
  );
  return lines.join('');
}
