/** What a DMARC record asks receivers to do with mail that does not pass (RFC 9989 §4.7). */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** What DNS says about DMARC for a domain in From. */
export type DmarcFacts =
  | { readonly kind: 'none-found' }
  | {
      readonly kind: 'published';
      /** The policy that holds for this very domain, after `sp`, `np` and `t`. */
      readonly policy: DmarcPolicy;
      /** Domain whose record decided, e.g. `acme.example` for `mail.acme.example`. */
      readonly recordDomain: string;
      /** Whether `adkim=s` asks for a DKIM domain identical to the From domain. */
      readonly strictDkim: boolean;
      /** Whether `aspf=s` asks for a MAIL FROM domain identical to the From domain. */
      readonly strictSpf: boolean;
    }
  | {
      /** A time-out or server failure: nothing is known, and nothing is guessed. */
      readonly kind: 'temperror';
      readonly reason: string;
    };

/** Whether a customer's domain lets us sign and receive bounces for it. */
export type VerificationFacts =
  | {
      readonly kind: 'none';
      /** What is missing or wrong in DNS, a sentence each. */
      readonly missing: readonly string[];
    }
  | {
      readonly kind: 'dkim';
      /** Domain that may stand in d=. */
      readonly signingDomain: string;
      readonly selector: string;
      /** What the return path lacks, a sentence each. */
      readonly missing: readonly string[];
    }
  | {
      readonly kind: 'dkim+returnpath';
      readonly signingDomain: string;
      readonly selector: string;
      /** Host under the customer's domain that receives our bounces, e.g. `em.acme.example`. */
      readonly returnPathHost: string;
    }
  | { readonly kind: 'temperror'; readonly reason: string };

/** All that matters of a domain in From. */
export interface FromDomainFacts {
  /** In lower-case A-labels. */
  readonly domain: string;
  /** Organisational domain by DNS tree walk (RFC 9989 §4.10). */
  readonly organisationalDomain: string;
  /** Whether it hands mailboxes to the public: nobody can verify it, and it is never imitated. */
  readonly freemail: boolean;
  readonly dmarc: DmarcFacts;
  readonly verification: VerificationFacts;
}

/** Who runs the mailboxes of a recipient's domain, by its MX hosts. */
export type RecipientProvider = 'gmail' | 'microsoft' | 'yahoo' | 'apple' | 'other';

/** All recipient providers, for checks. */
export const recipientProviders: readonly RecipientProvider[] = [
  'gmail',
  'microsoft',
  'yahoo',
  'apple',
  'other',
];
