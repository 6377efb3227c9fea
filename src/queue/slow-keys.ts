import type { RecipientProvider } from '../mail/domain-facts.ts';

/** Names of what may be slowed down for a mail: its route, its provider over it, its sender over it. */
export type SlowKeys = Readonly<Record<'route' | 'provider' | 'sender', string>>;

/**
 * The keys that may be slowed down for a mail.
 *
 * @param sender the user's address, the one in From before masking
 */
export function slowKeys(route: string, provider: RecipientProvider, sender: string): SlowKeys {
  const over = encodeURIComponent(route);
  return {
    route: `route/${over}`,
    provider: `provider/${over}/${provider}`,
    sender: `sender/${over}/${encodeURIComponent(sender)}`,
  };
}
