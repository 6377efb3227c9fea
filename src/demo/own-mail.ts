import { randomUUID } from 'node:crypto';
import { OnbehalfError } from '../runtime/errors.ts';
import { formatDateTime } from '../headers/date-time.ts';
import { formatSmtpReply } from '../mail/smtp-reply.ts';
import { bob, jane } from './cast.ts';
import { deliverByLmtp } from './deliver.ts';
import { priceList } from './demo-mails.ts';

/** Subject of the mail that Jane writes herself. */
const ownSubject = 'The prices once more, as plain text';

const boundary = 'part-of-janes-mail';

/**
 * The mail that Jane writes in her own program, as her mail server hands it on: her dropbox
 * address was in BCC and stands nowhere in it.
 *
 * @param now ms since 1970
 */
export function ownMail(now: number): string {
  return [
    `Date: ${formatDateTime(now)}`,
    `From: ${jane.name} <${jane.address}>`,
    `To: ${bob.name} <${bob.address}>`,
    `Subject: ${ownSubject}`,
    `Message-ID: <${randomUUID()}@acme.example>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Hello Bob,',
    '',
    'your mail server takes no archives, so here are the prices as plain text.',
    '',
    'Best regards',
    jane.name,
    `--${boundary}`,
    'Content-Type: text/csv; charset=utf-8; name="price-list.csv"',
    'Content-Disposition: attachment; filename="price-list.csv"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(priceList).toString('base64'),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

/**
 * Delivers it to the dropbox, as the last mail server on the way does.
 *
 * @throws OnbehalfError `SUBMIT_FAILED` when the mailbox does not take it
 */
export async function deliverOwnMail(
  server: { readonly host: string; readonly port: number },
  dropboxAddress: string,
  now: number,
): Promise<void> {
  const [result] = await deliverByLmtp(server, {
    mailFrom: jane.address,
    rcptTo: [dropboxAddress],
    message: Buffer.from(ownMail(now)),
  });
  if (result !== undefined && result.reply.code < 300) return;
  const answer = result === undefined ? 'nothing' : formatSmtpReply(result.reply);
  throw new OnbehalfError('SUBMIT_FAILED', `the mailbox did not take Jane's mail: ${answer}`);
}
