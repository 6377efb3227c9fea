import { createDkimSigner, type Signer } from '../headers/dkim-signer.ts';
import { readAddress, readDomain, type Mailbox } from '../mail/address.ts';
import type { Keyring } from '../mail/keyring.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { validationError, type Problem } from '../runtime/errors.ts';

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
  /** Selector that new messages are signed with. */
  readonly activeSelector: string;
  /** Signers by selector; retired ones stay until the last message frozen with them is done. */
  readonly signers: ReadonlyMap<string, Signer>;
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
  const domain = readDomain(provider.domain);
  if (domain === undefined) {
    problems.push({ field: 'provider.domain', message: 'must be a host name like crm.example' });
  }
  const bounceHost = readDomain(provider.bounceHost ?? `bounce.${domain ?? ''}`);
  if (bounceHost === undefined) {
    problems.push({ field: 'provider.bounceHost', message: 'must be a host name' });
  }
  const address = readAddress(provider.senderAddress ?? `mailer@${domain ?? ''}`);
  if (!address.ok) {
    problems.push({ field: 'provider.senderAddress', message: `the address ${address.reason}` });
  }
  const name = provider.senderName ?? domain ?? '';
  const nameProblem = headerTextProblem(name);
  if (nameProblem !== undefined) {
    problems.push({ field: 'provider.senderName', message: nameProblem });
  }
  const [active] = dkim;
  if (active === undefined) {
    problems.push({
      field: 'dkim',
      message: 'at least one key is needed: nothing is sent unsigned',
    });
  }
  const current = keyring.keys[keyring.current];
  if (!/^[a-z2-7]$/.test(keyring.current) || current === undefined || current.byteLength < 16) {
    problems.push({
      field: 'keyring',
      message: 'needs its current key: an id of one character (a-z, 2-7) and at least 16 bytes',
    });
  }
  if (
    domain === undefined ||
    bounceHost === undefined ||
    !address.ok ||
    active === undefined ||
    problems.length > 0
  ) {
    throw validationError('INVALID_INPUT', 'worker options', problems);
  }
  const signers = new Map(
    dkim.map(({ selector, privateKey }) => [
      selector,
      createDkimSigner({ domain, selector, key: privateKey }),
    ]),
  );
  const sender = { name, address: address.address };
  return { domain, sender, bounceHost, activeSelector: active.selector, signers, keyring };
}
