import type { RecipientProvider } from '../mail/domain-facts.ts';
import { domainOf, type EmailAddress } from '../mail/address.ts';
import type { LimitKey, LimitWindow } from '../queue/limits.ts';
import { slowKeys, type SlowKeys } from '../queue/slow-keys.ts';
import { openMaxOf, type LimitOverride, type SlowedKey } from '../queue/limit-state.ts';

/** What a limit counts separately for each. */
export type LimitPer = 'route' | 'provider' | 'sender' | 'sender-domain' | 'tenant';

/** A limit as it is configured: which sends it is about, what it counts apart, and how many may go. */
export interface LimitRule {
  /** Tells limits apart, in overrides and in Redis. */
  readonly name: string;
  /** Only over this route; default: over all. */
  readonly route?: string;
  /** Only to recipients of this provider; default: to all. */
  readonly provider?: RecipientProvider;
  /** Only from this address or domain; default: from all. */
  readonly sender?: string;
  /** One count for each of these; default: one count for all. */
  readonly per?: readonly LimitPer[];
  /** Several hold at once, e.g. per second and per day; default: none. */
  readonly windows?: readonly LimitWindow[];
  /** Most sends on their way at once, over the whole fleet; default: any number. */
  readonly openMax?: number;
}

/** What limits look at in a send. */
export interface LimitedSend {
  readonly route: string;
  /** `temperror` where DNS did not say; it counts as `other`. */
  readonly provider: RecipientProvider | 'temperror';
  /** Domain of the recipient. */
  readonly domain: string;
  /** The user's address, the one in From before masking. */
  readonly sender: EmailAddress;
  readonly tenant: string;
}

/** The keys of the limits that a send falls under, as configured or as an operator overrode them. */
export function limitKeysOf(
  rules: readonly LimitRule[],
  overrides: ReadonlyMap<string, LimitOverride>,
  send: LimitedSend,
): readonly LimitKey[] {
  const keys: LimitKey[] = [];
  for (const rule of rules) {
    if (!isAbout(rule, send)) continue;
    const override = overrides.get(rule.name);
    const windows = override?.windows ?? rule.windows ?? [];
    const openMax = override?.openMax === undefined ? rule.openMax : override.openMax;
    if (windows.length === 0 && (openMax === undefined || openMax === null)) continue;
    const parts = (rule.per ?? []).map((per) => partOf(send, per));
    const name = ['rule', rule.name, ...parts].map(encodeURIComponent).join('/');
    keys.push(
      openMax === undefined || openMax === null ? { name, windows } : { name, windows, openMax },
    );
  }
  return keys;
}

/** The keys that may be slowed down for a send. */
export function slowKeysOf(send: LimitedSend): SlowKeys {
  return slowKeys({ ...send, provider: providerOf(send) });
}

/** The same keys, each once. */
export function slowNamesOf(send: LimitedSend): readonly string[] {
  return [...new Set(Object.values(slowKeysOf(send)))];
}

/** What slowed keys allow a send now. */
export interface SlowedNow {
  /** Nothing before this; 0 for no such time. */
  readonly notBefore: number;
  /** One limit per key that is on its way back. */
  readonly keys: readonly LimitKey[];
}

/** What the slowed keys of a send allow. */
export function slowedNow(
  slowed: ReadonlyMap<string, SlowedKey>,
  send: LimitedSend,
  redisNow: number,
): SlowedNow {
  if (slowed.size === 0) return { notBefore: 0, keys: [] };
  let notBefore = 0;
  const keys: LimitKey[] = [];
  for (const name of slowNamesOf(send)) {
    const entry = slowed.get(name);
    if (entry === undefined) continue;
    const openMax = openMaxOf(entry, redisNow);
    if (openMax === 0) notBefore = Math.max(notBefore, entry.notBefore);
    else if (openMax <= entry.stepCount) keys.push({ name: `slow/${name}`, windows: [], openMax });
  }
  return { notBefore, keys };
}

function isAbout(rule: LimitRule, send: LimitedSend): boolean {
  if (rule.route !== undefined && rule.route !== send.route) return false;
  if (rule.provider !== undefined && rule.provider !== providerOf(send)) return false;
  const { sender } = rule;
  return sender === undefined || sender === send.sender || sender === domainOf(send.sender);
}

function partOf(send: LimitedSend, per: LimitPer): string {
  switch (per) {
    case 'route':
      return send.route;
    case 'provider':
      return providerOf(send);
    case 'sender':
      return send.sender;
    case 'sender-domain':
      return domainOf(send.sender);
    case 'tenant':
      return send.tenant;
  }
}

function providerOf(send: LimitedSend): RecipientProvider {
  return send.provider === 'temperror' ? 'other' : send.provider;
}
