import { assembleInPlace } from '../headers/assemble-message.ts';
import type { MaskedMessage } from '../headers/masked-message.ts';
import { renderMessage } from '../headers/render-message.ts';
import { signAll } from '../headers/sign-all.ts';
import { domainOf } from '../mail/address.ts';
import { aliasName } from '../mail/alias-name.ts';
import type { Envelope } from '../mail/envelope.ts';
import type { Keyring } from '../mail/keyring.ts';
import type { MessageContent } from '../mail/message-content.ts';
import { formatMessageReference } from '../mail/message-reference.ts';
import { formatReturnPath } from '../mail/return-path.ts';
import { senderAlias } from '../mail/sender-alias.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { SendJob } from '../queue/send-job.ts';
import { bulkFieldsOf } from './bulk-fields-of.ts';
import { fillContent } from './fill-content.ts';
import type { Identity } from './identity.ts';
import type { Route } from './route.ts';

/** A message ready for the wire. */
export interface MaskedMail {
  readonly envelope: Envelope;
  /** The signed bytes. */
  readonly message: Buffer;
  /** Where in it the body begins. */
  readonly bodyAt: number;
}

/**
 * Renders and signs the message of a send. Depends on nothing but its arguments: a retry gives the
 * same bytes.
 *
 * @throws OnbehalfError `RENDER_FAILED`, `SIGNING_FAILED`; never a message without a signature, unless
 *   the route's relay signs
 */
export async function maskMessage(
  identity: Identity,
  job: SendJob,
  frozen: FrozenFacts,
  content: MessageContent,
  route: Pick<Route, 'signs' | 'returnPath'>,
): Promise<MaskedMail> {
  const keyring = frozenKeyring(identity.keyring, frozen.tokenKeyId);
  const rendered = renderMessage(masked(identity, keyring, job, frozen, content));
  const mailFrom =
    route.returnPath === 'relay'
      ? identity.sender.address
      : formatReturnPath(keyring, job.sendId, frozen.dateMs, frozen.returnPathHost);
  const envelope = { mailFrom, rcptTo: [job.recipient] };
  const signatures =
    route.signs === 'relay'
      ? []
      : await signAll(rendered, signersOf(identity, frozen, route.returnPath === 'relay'), {
          signedAtMs: frozen.dateMs,
          lastAttemptMs: job.expiresAt,
          envelope,
        });
  const message = assembleInPlace(rendered, signatures);
  return { envelope, message, bodyAt: message.length - rendered.body.length };
}

function masked(
  identity: Identity,
  keyring: Keyring,
  job: SendJob,
  frozen: FrozenFacts,
  content: MessageContent,
): MaskedMessage {
  const { mode } = frozen;
  const bulk = bulkFieldsOf(identity, keyring, job);
  const base = {
    messageId: job.messageId,
    dateMs: frozen.dateMs,
    content: fillContent(content, job),
    reference: formatMessageReference(keyring, job.messageId),
    ...(bulk === undefined ? {} : { bulk }),
  };
  switch (mode) {
    case 'on-behalf':
      return { mode, messageIdHost: identity.domain, sender: identity.sender, ...base };
    case 'aligned':
      return { mode, messageIdHost: domainOf(content.from.address), ...base };
    case 'rewritten': {
      const address = senderAlias(content.from.address, identity.aliasHost);
      const name = aliasName(content.from, identity.sender.name ?? identity.domain);
      return { mode, messageIdHost: identity.domain, alias: { name, address }, ...base };
    }
    case 'direct':
      throw new OnbehalfError('RENDER_FAILED', 'mode direct needs the mailbox of the user');
  }
}

/** The customer's signature first, so that DMARC passes; ours as well, for complaint loops. */
function signersOf(identity: Identity, frozen: FrozenFacts, relaySafe: boolean) {
  const own = identity.signer(identity.domain, frozen.selector, relaySafe);
  if (frozen.signingDomain === undefined) return [own];
  return [identity.signer(frozen.signingDomain, frozen.selector, relaySafe), own];
}

function frozenKeyring(keyring: Keyring, keyId: string): Keyring {
  if (keyId === keyring.current) return keyring;
  if (Object.hasOwn(keyring.keys, keyId)) return { ...keyring, current: keyId };
  throw new OnbehalfError(
    'SIGNING_FAILED',
    `the keyring has no key "${keyId}", with which this message began; keep retired keys`,
  );
}
