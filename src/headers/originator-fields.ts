import { addressKey } from '../mail/address.ts';
import { headerNames } from '../mail/header-names.ts';
import { mailboxField } from './mailbox-field.ts';
import type { MaskedMessage } from './masked-message.ts';

/**
 * The fields that say who a message is from (RFC 5322 §3.6.2); this is where modes differ.
 *
 * `on-behalf`: From the user, Sender the provider, Reply-To only where answers go elsewhere. A user
 * who is the provider's own mailbox gets no Sender: author and transmitter are then the same.
 */
export function originatorFields(message: MaskedMessage): string {
  const { content, sender } = message;
  switch (message.mode) {
    case 'on-behalf': {
      const isSame = addressKey(sender.address) === addressKey(content.from.address);
      return (
        mailboxField(headerNames.from, [content.from]) +
        (isSame ? '' : mailboxField(headerNames.sender, [sender])) +
        (content.replyTo.length === 0 ? '' : mailboxField(headerNames.replyTo, content.replyTo))
      );
    }
  }
}
