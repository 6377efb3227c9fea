import type { RecipientProvider } from '../mail/domain-facts.ts';

/** Names of what may be slowed down for a mail. */
export type SlowKeys = Readonly<Record<'route' | 'provider' | 'domain' | 'sender', string>>;

/** What the names depend on. */
export interface SlowedMail {
  readonly route: string;
  readonly provider: RecipientProvider;
  /** Domain of the recipient. */
  readonly domain: string;
  /** The user's address, the one in From before masking. */
  readonly sender: string;
}

/**
 * The keys that may be slowed down for a mail: its route, and over it the provider or else the domain
 * of its recipient, that domain, and its sender.
 */
export function slowKeys(mail: SlowedMail): SlowKeys {
  const route = encodeURIComponent(mail.route);
  const domain = `domain/${route}/${encodeURIComponent(mail.domain)}`;
  return {
    route: `route/${route}`,
    // `other` is no provider: what one of them says is nothing to the rest.
    provider: mail.provider === 'other' ? domain : `provider/${route}/${mail.provider}`,
    domain,
    sender: `sender/${route}/${encodeURIComponent(mail.sender)}`,
  };
}
