import { addressKey, isAsciiAddress, type Mailbox } from '../mail/address.ts';
import { headerNames } from '../mail/header-names.ts';
import { mailboxField } from './mailbox-field.ts';
import type { MaskedMessage } from './masked-message.ts';

/**
 * The fields that say who a message is from (RFC 5322 §3.6.2); this is where modes differ.
 *
 * `on-behalf`: From the user, Sender the provider. A user who is the provider's own mailbox gets no
 * Sender: author and transmitter are then the same.
 * `aligned`, `direct`: From the user, nothing else.
 * `rewritten`: From the alias, Reply-To the user.
 *
 * A Reply-To that the content asks for is written in every mode.
 */
export function originatorFields(message: MaskedMessage): string {
  const { content } = message;
  switch (message.mode) {
    case 'on-behalf': {
      const { sender } = message;
      const isSame = addressKey(sender.address) === addressKey(content.from.address);
      return (
        mailboxField(headerNames.from, [content.from]) +
        (isSame ? '' : mailboxField(headerNames.sender, [sender])) +
        replyToField(content.replyTo)
      );
    }
    case 'aligned':
    case 'direct':
      return mailboxField(headerNames.from, [content.from]) + replyToField(content.replyTo);
    case 'rewritten':
      return (
        mailboxField(headerNames.from, [message.alias]) +
        replyToField(content.replyTo.length > 0 ? content.replyTo : answerable(content.from))
      );
  }
}

function replyToField(mailboxes: readonly Mailbox[]): string {
  return mailboxes.length === 0 ? '' : mailboxField(headerNames.replyTo, mailboxes);
}

/**
 * The user, where a header field can hold her address. A local part outside ASCII would need SMTPUTF8
 * on the whole way (RFC 6532): then there is no Reply-To, and answers reach her through the alias.
 */
function answerable(user: Mailbox): readonly Mailbox[] {
  return isAsciiAddress(user.address) ? [user] : [];
}
