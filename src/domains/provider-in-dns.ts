/** What customers' domains are verified against. */
export interface ProviderInDns {
  /** Our domain, e.g. `crm.example`. */
  readonly domain: string;
  /** Our DKIM keys, the active one first. */
  readonly selectors: readonly DkimSelector[];
  /** Where bounces go; default `bounce.<domain>`. */
  readonly bounceHost?: string;
  /** Label of the return-path host below a customer's domain; default `em`. */
  readonly returnPathLabel?: string;
}

/** A DKIM key of ours, as customers' DNS must show it. */
export interface DkimSelector {
  readonly selector: string;
  /** The public key as it stands in p=: DER in base64. Absent: not known here, so not compared. */
  readonly publicKey?: string;
}

/** Name of the key record of a selector below a domain. */
export function keyRecordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`.toLowerCase();
}

/** Our host that receives bounces. */
export function bounceHostOf({ domain, bounceHost }: ProviderInDns): string {
  return (bounceHost ?? `bounce.${domain}`).toLowerCase();
}

/** The host below a customer's domain that stands in MAIL FROM. */
export function returnPathHostOf({ returnPathLabel }: ProviderInDns, domain: string): string {
  return `${returnPathLabel ?? 'em'}.${domain}`.toLowerCase();
}
