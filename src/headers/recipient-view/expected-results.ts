import type { DmarcPolicy } from '../../mail/domain-facts.ts';
import type { Envelope } from '../../mail/envelope.ts';
import type { ReadSignature } from './read-signatures.ts';
import { isWithin, organisationalDomainOf, type ViewFacts } from './view-facts.ts';

/*
 * What a receiver will find, from the signatures and the envelope that are there:
 *
 * 1. SPF passes for our bounce host and for a customer's return-path host that DNS showed to be ours.
 * 2. A DKIM signature passes under one of our selectors, for our domain or for a verified one.
 * 3. A message whose MAIL FROM is its From goes through the user's own mailbox: her provider signs,
 *    and sends for her domain.
 * 4. DMARC passes if one of them passes and aligns with From (RFC 9989 §4.4), `none` where there is
 *    no record to ask for it.
 */

/** Outcome of a check at the receiver; `unknown`: not ours to know. */
export type ExpectedResult = 'pass' | 'fail' | 'none' | 'temperror' | 'unknown';

/** What a receiver will find. */
export interface ExpectedResults {
  readonly spf: ExpectedResult;
  readonly dkim: ExpectedResult;
  readonly dmarc: ExpectedResult;
  /** What the DMARC record of From asks for where DMARC fails; absent where no record is known. */
  readonly policy?: DmarcPolicy;
  /** Domain of MAIL FROM; empty for a null one. */
  readonly mailFromDomain: string;
  /** Domains of the signatures that pass, top first. */
  readonly signedBy: readonly string[];
  /** Whether From aligns by SPF, by DKIM. */
  readonly aligns: { readonly spf: boolean; readonly dkim: boolean };
  /** Whether the mail goes through the user's own mailbox. */
  readonly isDirect: boolean;
}

/** Works out SPF, DKIM and DMARC for a message whose From is `fromAddress`. */
export function expectedResults(
  fromAddress: string,
  signatures: readonly ReadSignature[],
  envelope: Envelope,
  facts: ViewFacts,
): ExpectedResults {
  const fromDomain = domainPart(fromAddress);
  const mailFromDomain = domainPart(envelope.mailFrom);
  const isDirect =
    signatures.length === 0 && envelope.mailFrom.toLowerCase() === fromAddress.toLowerCase();
  const spf = isDirect ? 'pass' : spfOf(mailFromDomain, facts);
  const judged = signatures.map((signature) => dkimOf(signature, facts));
  const passing = signatures.filter((_signature, index) => judged[index] === 'pass');
  const signedBy = isDirect ? [fromDomain] : passing.map(({ domain }) => domain);
  const strict = strictness(fromDomain, facts);
  const aligns = {
    spf: spf === 'pass' && isAligned(mailFromDomain, fromDomain, strict.spf, facts),
    dkim: signedBy.some((domain) => isAligned(domain, fromDomain, strict.dkim, facts)),
  };
  return {
    spf,
    dkim: signedBy.length > 0 ? 'pass' : (judged[0] ?? 'none'),
    dmarc: dmarcOf(fromDomain, aligns.spf || aligns.dkim, facts),
    ...policyOf(fromDomain, facts),
    mailFromDomain,
    signedBy,
    aligns,
    isDirect,
  };
}

function spfOf(mailFromDomain: string, { provider, from }: ViewFacts): ExpectedResult {
  if (mailFromDomain === provider.bounceHost) return 'pass';
  const { verification } = from;
  if (verification.kind === 'dkim+returnpath' && mailFromDomain === verification.returnPathHost) {
    return 'pass';
  }
  return mailFromDomain === '' ? 'none' : 'unknown';
}

function dkimOf(signature: ReadSignature, { provider, from }: ViewFacts): ExpectedResult {
  const { domain, selector } = signature;
  if (domain === provider.domain) return provider.selectors.includes(selector) ? 'pass' : 'fail';
  const { verification } = from;
  switch (verification.kind) {
    case 'dkim':
    case 'dkim+returnpath':
      return domain === verification.signingDomain && selector === verification.selector
        ? 'pass'
        : 'fail';
    case 'temperror':
      return 'temperror';
    case 'none':
      return 'fail';
  }
}

function dmarcOf(fromDomain: string, aligns: boolean, { from, provider }: ViewFacts) {
  if (fromDomain === from.domain) {
    if (from.dmarc.kind === 'temperror') return 'temperror';
    if (from.dmarc.kind === 'none-found') return 'none';
  } else if (!isWithin(fromDomain, provider.domain)) {
    return 'unknown';
  }
  return aligns ? 'pass' : 'fail';
}

function policyOf(fromDomain: string, { from }: ViewFacts): { readonly policy?: DmarcPolicy } {
  const { dmarc, domain } = from;
  return fromDomain === domain && dmarc.kind === 'published' ? { policy: dmarc.policy } : {};
}

/** Our own record asks for relaxed alignment, the default. */
function strictness(fromDomain: string, { from }: ViewFacts): { dkim: boolean; spf: boolean } {
  const { dmarc, domain } = from;
  return fromDomain === domain && dmarc.kind === 'published'
    ? { dkim: dmarc.strictDkim, spf: dmarc.strictSpf }
    : { dkim: false, spf: false };
}

function isAligned(host: string, from: string, isStrict: boolean, facts: ViewFacts): boolean {
  if (host === from) return true;
  return !isStrict && organisationalDomainOf(host, facts) === organisationalDomainOf(from, facts);
}

function domainPart(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
