import type { Mailbox } from '../mail/address.ts';
import { encodeWords, isPlainText } from './encoded-word.ts';
import { remembered } from '../runtime/remembered.ts';
import { foldField } from './fold.ts';

/** Names of up to this length stay in one piece, which then fits a line; longer ones are encoded. */
const wholeNameMax = 60;
const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** Writes an address field (RFC 5322 §3.6.2-3.6.3) of one or more mailboxes, with its final CRLF. */
export function mailboxField(name: string, mailboxes: readonly Mailbox[]): string {
  const pieces: string[] = [];
  const last = mailboxes.length - 1;
  mailboxes.forEach((mailbox, index) => {
    const comma = index === last ? '' : ',';
    if (mailbox.name === undefined || mailbox.name === '') {
      pieces.push(`${mailbox.address}${comma}`);
    } else {
      pieces.push(...phrase(mailbox.name), `<${mailbox.address}>${comma}`);
    }
  });
  return foldField(name, pieces);
}

// A sender's name stands in each of her mails.
const encodedName = remembered(1_000, encodeWords);

/** A display name as a phrase (RFC 5322 §3.2.5): atoms, a quoted-string, or encoded-words. */
function phrase(name: string): readonly string[] {
  if (name.length > wholeNameMax || !isPlainText(name)) return encodedName(name);
  return [atoms.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`];
}
