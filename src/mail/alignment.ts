import type { FromDomainFacts } from './domain-facts.ts';

/*
 * Whether what we may do for a verified domain aligns with it (RFC 9989 §4.4): relaxed is the same
 * organisational domain, strict (`adkim=s`, `aspf=s`) the identical one.
 */

/** How a verified domain is aligned: `b1` by DKIM, `b2` by the return path as well. */
export type AlignedVariant = 'b1' | 'b2';

/**
 * The variant that the facts allow; undefined where our signature would not align. A DKIM domain
 * other than the one in From needs the DMARC record: without an answer nothing is guessed.
 *
 * With `aspf=s` a host like `em.acme.example` does not align with `acme.example`, so `b2` would gain
 * nothing and `b1` is taken. A return path without an aligned signature is not enough either: it is
 * lost as soon as somebody forwards the mail.
 */
export function alignedVariant(from: FromDomainFacts): AlignedVariant | undefined {
  const { verification } = from;
  if (verification.kind !== 'dkim' && verification.kind !== 'dkim+returnpath') return undefined;
  if (!aligns(verification.signingDomain, from, 'strictDkim')) return undefined;
  if (verification.kind === 'dkim') return 'b1';
  // Where DMARC is unknown the signature is of the very domain, and passes whatever the return path.
  const unknown = from.dmarc.kind === 'temperror';
  return unknown || aligns(verification.returnPathHost, from, 'strictSpf') ? 'b2' : 'b1';
}

/** Whether DNS left open if `aligned` is possible. */
export function isAlignmentUnknown(from: FromDomainFacts): boolean {
  const { verification, dmarc } = from;
  if (verification.kind === 'temperror') return true;
  return (
    dmarc.kind === 'temperror' && verification.kind !== 'none' && alignedVariant(from) === undefined
  );
}

function aligns(host: string, from: FromDomainFacts, strictness: 'strictDkim' | 'strictSpf') {
  if (host === from.domain) return true;
  const { dmarc, organisationalDomain } = from;
  if (dmarc.kind === 'temperror') return false;
  if (dmarc.kind === 'published' && dmarc[strictness]) return false;
  return host === organisationalDomain || host.endsWith(`.${organisationalDomain}`);
}
