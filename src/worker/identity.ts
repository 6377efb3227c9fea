import { createPublicKey } from 'node:crypto';
import type { ProviderInDns } from '../domains/domain-facts.ts';
import type { Signer } from '../headers/dkim-signer.ts';
import { readAddress, readDomain, type Mailbox } from '../mail/address.ts';
import type { Keyring } from '../mail/keyring.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { validationError, type Problem } from '../runtime/errors.ts';
import { createSigners } from './signers.ts';

/** We, the organisation that transmits. */
export interface ProviderOptions {
  /** Domain of the provider, e.g. `crm.example`: signs, and stands right in the Message-ID. */
  readonly domain: string;
  /** Address for the Sender field; default `mailer@<domain>`. */
  readonly senderAddress?: string;
  /** Name for the Sender field, e.g. `Acme CRM`; default: the domain. */
  readonly senderName?: string;
  /** Host that receives bounces; default `bounce.<domain>`. */
  readonly bounceHost?: string;
  /** Host of the aliases that stand in From in mode `rewritten`; default `u.<domain>`. */
  readonly aliasHost?: string;
  /** Label of the return-path host under a customer's domain; default `em`. */
  readonly returnPathLabel?: string;
  /**
   * Where one click unsubscribes: an https URL that the token is appended to; default
   * `https://unsubscribe.<domain>/u/`. Stands in mail of kinds `sequence` and `bulk`.
   */
  readonly unsubscribeUrl?: string;
  /** Our part of Feedback-ID, 5 to 15 letters or digits; default made from the domain. */
  readonly feedbackSenderId?: string;
}

/** A DKIM key of the provider. */
export interface DkimKeyOptions {
  /** The public key is published at `<selector>._domainkey.<provider domain>`. */
  readonly selector: string;
  /** RSA private key, PEM. */
  readonly privateKey: string;
}

/** The provider with every default filled in and its keys loaded. */
export interface Identity {
  readonly domain: string;
  readonly sender: Mailbox;
  readonly bounceHost: string;
  readonly aliasHost: string;
  readonly unsubscribeUrl: string;
  readonly feedbackSenderId: string;
  /** What domain facts need to know of us. */
  readonly inDns: ProviderInDns;
  /** Selector that new messages are signed with. */
  readonly activeSelector: string;
  /**
   * The signer of a domain: ours, or a customer's whose DNS points at our key. Retired selectors stay
   * until the last message frozen with them is done.
   *
   * @throws OnbehalfError `SIGNING_FAILED` for a selector without a key
   */
  signer(domain: string, selector: string, relaySafe: boolean): Signer;
  readonly keyring: Keyring;
}

/**
 * Checks the provider's names and keys, once, at start.
 *
 * @param dkim keys, the active one first
 * @throws OnbehalfError `INVALID_INPUT` with every problem; `SIGNING_FAILED` for a key that cannot sign
 */
export function resolveIdentity(
  provider: ProviderOptions,
  dkim: readonly DkimKeyOptions[],
  keyring: Keyring,
): Identity {
  const problems: Problem[] = [];
  const host = (field: string, text: string): string => {
    const reading = readDomain(text);
    // A Message-ID and a return path must fit before and after their @ (RFC 5321 §4.5.3.1).
    if (reading === undefined || reading.length > 190) {
      problems.push({ field, message: 'must be a host name like crm.example' });
    }
    return reading ?? '';
  };
  const domain = host('provider.domain', provider.domain);
  const bounceHost = host('provider.bounceHost', provider.bounceHost ?? `bounce.${domain}`);
  const aliasHost = host('provider.aliasHost', provider.aliasHost ?? `u.${domain}`);
  const sender = checkSender(provider, domain, problems);
  const unsubscribeUrl = provider.unsubscribeUrl ?? `https://unsubscribe.${domain}/u/`;
  if (!/^https:\/\/[\x21-\x7e]{1,500}$/.test(unsubscribeUrl)) {
    problems.push({ field: 'provider.unsubscribeUrl', message: 'must be an https URL' });
  }
  const feedbackSenderId = provider.feedbackSenderId ?? feedbackIdOf(domain);
  if (!/^[A-Za-z0-9]{5,15}$/.test(feedbackSenderId)) {
    problems.push({
      field: 'provider.feedbackSenderId',
      message: 'must be 5 to 15 letters or digits',
    });
  }
  const [active] = dkim;
  if (active === undefined) {
    problems.push({
      field: 'dkim',
      message: 'at least one key is needed: nothing is sent unsigned',
    });
  }
  checkKeyring(keyring, problems);
  if (active === undefined || sender === undefined || problems.length > 0) {
    throw validationError('INVALID_INPUT', 'worker options', problems);
  }
  const signer = createSigners(domain, dkim);
  const { returnPathLabel } = provider;
  return {
    domain,
    sender,
    bounceHost,
    aliasHost,
    unsubscribeUrl,
    feedbackSenderId,
    activeSelector: active.selector,
    signer,
    keyring,
    inDns: {
      domain,
      bounceHost,
      ...(returnPathLabel === undefined ? {} : { returnPathLabel }),
      selectors: dkim.map(({ selector, privateKey }) => ({
        selector,
        publicKey: createPublicKey(privateKey)
          .export({ type: 'spki', format: 'der' })
          .toString('base64'),
      })),
    },
  };
}

function checkSender(
  provider: ProviderOptions,
  domain: string,
  problems: Problem[],
): Mailbox | undefined {
  const address = readAddress(provider.senderAddress ?? `mailer@${domain}`);
  if (!address.ok) {
    problems.push({ field: 'provider.senderAddress', message: `the address ${address.reason}` });
  }
  const name = provider.senderName ?? domain;
  // It stands behind "via" in rewritten names, where an @ would look like an address.
  const problem = name.includes('@') ? 'must not hold an @' : headerTextProblem(name);
  if (problem !== undefined) problems.push({ field: 'provider.senderName', message: problem });
  return address.ok ? { name, address: address.address } : undefined;
}

function checkKeyring(keyring: Keyring, problems: Problem[]): void {
  const current = keyring.keys[keyring.current];
  if (/^[a-z2-7]$/.test(keyring.current) && current !== undefined && current.byteLength >= 16)
    return;
  problems.push({
    field: 'keyring',
    message: 'needs its current key: an id of one character (a-z, 2-7) and at least 16 bytes',
  });
}

/** Letters and digits of the domain, cut and filled to what Feedback-ID takes. */
function feedbackIdOf(domain: string): string {
  return domain
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 15)
    .padEnd(5, 'x');
}
