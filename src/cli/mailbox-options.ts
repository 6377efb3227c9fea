import type { Command } from 'commander';
import type { SendInput } from '../producer/index.ts';

/** Flags that say who writes to whom, for verbs that take a mail. */
export interface MailboxFlags {
  readonly from: string;
  readonly to?: string[];
  readonly cc?: string[];
  readonly bcc?: string[];
  readonly replyTo?: string[];
}

/** Adds the options of {@link MailboxFlags}. */
export function addMailboxOptions(verb: Command): Command {
  return verb
    .requiredOption('--from <mailbox>', 'the user on whose behalf')
    .option('--to <mailbox...>', 'recipients named in To')
    .option('--cc <mailbox...>', 'recipients named in Cc')
    .option('--bcc <mailbox...>', 'recipients that no header names')
    .option('--reply-to <mailbox...>', 'where answers go (default: to --from)');
}

/** What they say to the producer, which checks it. */
export function mailboxesOf(
  flags: MailboxFlags,
): Pick<SendInput, 'from' | 'to' | 'cc' | 'bcc' | 'replyTo'> {
  const { from, to, cc, bcc, replyTo } = flags;
  return {
    from,
    ...(to === undefined ? {} : { to }),
    ...(cc === undefined ? {} : { cc }),
    ...(bcc === undefined ? {} : { bcc }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}
