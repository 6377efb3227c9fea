import { assembleMessage } from '../headers/assemble-message.ts';
import { renderMessage } from '../headers/render-message.ts';
import type { Envelope } from '../mail/envelope.ts';
import type { Keyring } from '../mail/keyring.ts';
import type { MessageContent } from '../mail/message-content.ts';
import { formatMessageReference } from '../mail/message-reference.ts';
import { formatReturnPath } from '../mail/return-path.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { Identity } from './identity.ts';

/** A message ready for the wire. */
export interface MaskedMail {
  readonly envelope: Envelope;
  /** The signed bytes. */
  readonly message: Buffer;
}

/**
 * Renders and signs the message of a send. Depends on nothing but its arguments: a retry gives the
 * same bytes.
 *
 * @throws OnbehalfError `RENDER_FAILED`, `SIGNING_FAILED`; never a message without a signature
 */
export async function maskMessage(
  identity: Identity,
  job: SendJob,
  frozen: FrozenFacts,
  content: MessageContent,
): Promise<MaskedMail> {
  if (frozen.mode !== 'on-behalf') {
    throw new OnbehalfError('RENDER_FAILED', `mode ${frozen.mode} is not known to this version`);
  }
  const signer = identity.signers.get(frozen.selector);
  if (signer === undefined) {
    throw new OnbehalfError(
      'SIGNING_FAILED',
      `there is no DKIM key for selector "${frozen.selector}", with which this message began; keep retired keys until their last message has expired`,
    );
  }
  const keyring = frozenKeyring(identity.keyring, frozen.tokenKeyId);
  const rendered = renderMessage({
    mode: frozen.mode,
    messageId: job.messageId,
    messageIdHost: identity.domain,
    dateMs: frozen.dateMs,
    content,
    sender: identity.sender,
    reference: formatMessageReference(keyring, job.messageId),
  });
  const signature = await signer.sign(rendered, frozen.dateMs, job.expiresAt);
  const mailFrom = formatReturnPath(keyring, job.sendId, frozen.dateMs, identity.bounceHost);
  return {
    envelope: { mailFrom, rcptTo: [job.recipient] },
    message: assembleMessage(rendered, [signature]),
  };
}

function frozenKeyring(keyring: Keyring, keyId: string): Keyring {
  if (Object.hasOwn(keyring.keys, keyId)) return { ...keyring, current: keyId };
  throw new OnbehalfError(
    'SIGNING_FAILED',
    `the keyring has no key "${keyId}", with which this message began; keep retired keys`,
  );
}
