import { readAddress, readDomain, addressKey } from '../../mail/address.ts';
import type { SuppressionScope } from '../../queue/suppression-mirror.ts';
import { isSuppressionReason, suppressionReasons } from '../../queue/suppression-reasons.ts';
import { validationError, type Problem } from '../../runtime/errors.ts';
import type { SuppressionFilter } from './read-suppressions.ts';

/** Whom to suppress, or to suppress no more: an address, an address for one sender, or a domain. */
export interface SuppressionTarget {
  /** The customer organisation; default `default`. */
  readonly tenant?: string;
  readonly address?: string;
  /** With `address`: for mail of this sender only. */
  readonly sender?: string;
  /** Instead of `address`: everybody at this domain (not at those below it). */
  readonly domain?: string;
}

/** A suppression that a person or a program asks for. */
export interface SuppressRequest extends SuppressionTarget {
  /** `manual` (the default), `import`, `unsubscribed`, `complaint`, or a bounce class that suppresses. */
  readonly reason?: string;
  /** Until so many days from now, 1 to 3,650; default: until somebody removes it. */
  readonly days?: number;
  /** Why, in words; kept with the entry. */
  readonly note?: string;
}

/** A target that was checked. */
export interface CheckedTarget {
  readonly tenant: string;
  readonly scope: SuppressionScope;
}

/** A request that was checked. */
export interface CheckedRequest extends CheckedTarget {
  readonly reason: string;
  readonly days?: number;
  readonly note?: string;
}

const scopes: readonly string[] = ['address', 'pair', 'domain'];
const daysMax = 3_650;

/**
 * Checks whom something is about; what is wrong goes into `problems`.
 *
 * @returns undefined where something is wrong
 */
export function checkTarget(
  { tenant = 'default', address, sender, domain }: SuppressionTarget,
  problems: Problem[],
): CheckedTarget | undefined {
  const before = problems.length;
  if (tenant === '') problems.push({ field: 'tenant', message: 'is empty' });
  if (domain !== undefined) {
    const name = checkDomain(domain, problems);
    if (address !== undefined || sender !== undefined) {
      problems.push({ field: 'domain', message: 'stands alone: leave out the address or sender' });
    }
    if (name === undefined || problems.length > before) return undefined;
    return { tenant, scope: { kind: 'domain', domain: name } };
  }
  if (address === undefined) {
    problems.push({ field: 'address', message: 'is missing: give an address, or a domain' });
    return undefined;
  }
  const key = checkAddress('address', address, problems);
  const senderKey = sender === undefined ? undefined : checkAddress('sender', sender, problems);
  if (key === undefined || problems.length > before) return undefined;
  return senderKey === undefined
    ? { tenant, scope: { kind: 'address', address: key } }
    : { tenant, scope: { kind: 'pair', address: key, sender: senderKey } };
}

/** Checks several; where something is wrong with one, it is left out. */
export function checkTargets(
  targets: readonly SuppressionTarget[],
  problems: Problem[],
): readonly CheckedTarget[] {
  return targets.flatMap((target) => checkTarget(target, problems) ?? []);
}

/** Checks a suppression that is asked for; undefined where something is wrong. */
export function checkSuppressRequest(
  request: SuppressRequest,
  problems: Problem[],
): CheckedRequest | undefined {
  const before = problems.length;
  const target = checkTarget(request, problems);
  const { reason = 'manual', days, note } = request;
  checkReason(reason, problems);
  checkDays(days, problems);
  if (target === undefined || problems.length > before) return undefined;
  return {
    ...target,
    reason,
    ...(days === undefined ? {} : { days }),
    ...(note === undefined || note.trim() === '' ? {} : { note }),
  };
}

/**
 * Checks what holds for all rows of a file.
 *
 * @returns the sender, where one is told, in the form that is compared
 */
export function checkDefaults(
  defaults: {
    readonly tenant?: string;
    readonly sender?: string;
    readonly areDomains: boolean;
    readonly reason: string;
    readonly days?: number;
  },
  problems: Problem[],
): string | undefined {
  const { tenant, sender, areDomains, reason, days } = defaults;
  if (tenant === '') problems.push({ field: 'tenant', message: 'is empty' });
  checkReason(reason, problems);
  checkDays(days, problems);
  if (sender === undefined) return undefined;
  if (areDomains) {
    problems.push({ field: 'sender', message: 'does not go with domains: leave it out' });
  }
  return checkAddress('sender', sender, problems);
}

/**
 * Checks which suppressions are wanted, and gives it in the form that is compared.
 *
 * @throws OnbehalfError `INVALID_INPUT` with every problem
 */
export function checkFilter(filter: SuppressionFilter): SuppressionFilter {
  const problems: Problem[] = [];
  const { address, sender, domain, scope, reason } = filter;
  if (scope !== undefined && !scopes.includes(scope)) {
    problems.push({ field: 'scope', message: `must be one of ${scopes.join(', ')}` });
  }
  if (reason !== undefined) checkReason(reason, problems);
  const of = {
    address: address === undefined ? undefined : checkAddress('address', address, problems),
    sender: sender === undefined ? undefined : checkAddress('sender', sender, problems),
    domain: domain === undefined ? undefined : checkDomain(domain, problems),
  };
  if (problems.length > 0) throw validationError('INVALID_INPUT', 'suppressions', problems);
  const { address: _a, sender: _s, domain: _d, ...rest } = filter;
  return {
    ...rest,
    ...(of.address === undefined ? {} : { address: of.address }),
    ...(of.sender === undefined ? {} : { sender: of.sender }),
    ...(of.domain === undefined ? {} : { domain: of.domain }),
  };
}

function checkReason(reason: string, problems: Problem[]): void {
  if (isSuppressionReason(reason)) return;
  problems.push({ field: 'reason', message: `must be one of ${suppressionReasons.join(', ')}` });
}

function checkDays(days: number | undefined, problems: Problem[]): void {
  if (days === undefined || (Number.isInteger(days) && days >= 1 && days <= daysMax)) return;
  problems.push({ field: 'days', message: `must be a whole number from 1 to ${daysMax}` });
}

function checkDomain(text: string, problems: Problem[]): string | undefined {
  const domain = readDomain(text.trim().toLowerCase());
  if (domain === undefined) {
    problems.push({ field: 'domain', message: 'must be a host name like client.example' });
  }
  return domain;
}

function checkAddress(field: string, text: string, problems: Problem[]): string | undefined {
  const reading = readAddress(text.trim());
  if (reading.ok) return addressKey(reading.address);
  problems.push({ field, message: `the address ${reading.reason}` });
  return undefined;
}
