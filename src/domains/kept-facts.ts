import { recipientProviders, type FromDomainFacts } from '../mail/domain-facts.ts';
import type { RecipientProviderFinding } from './recipient-provider.ts';
import type { Verification } from './verify-domain.ts';

/*
 * What is kept of a domain, and the check of what comes back out of a cache that other processes,
 * perhaps of another release, write to. What does not look right is looked up again.
 */

/** Facts of a domain in From as they hold whoever asks, and who may use them. */
export interface FromDomainRecord extends FromDomainFacts {
  readonly binding?: NonNullable<Verification['binding']>;
}

/** Whether a value out of a cache is the record of this domain. */
export function isFromDomainRecord(value: unknown, domain: string): value is FromDomainRecord {
  const record = asRecord(value);
  const dmarc = asRecord(record['dmarc']);
  const verification = asRecord(record['verification']);
  const { binding } = record;
  return (
    record['domain'] === domain &&
    typeof record['organisationalDomain'] === 'string' &&
    typeof record['freemail'] === 'boolean' &&
    fieldsAre(dmarcFields, dmarc) &&
    fieldsAre(verificationFields, verification) &&
    (binding === undefined || isBinding(asRecord(binding)))
  );
}

/** Whether a value out of a cache is what was found of a recipient's domain. */
export function isRecipientFinding(value: unknown): value is RecipientProviderFinding {
  const { kind, provider } = asRecord(value);
  return kind === 'known' && recipientProviders.some((each) => each === provider);
}

type FieldChecks = Readonly<Record<string, (value: unknown) => boolean>>;

const dmarcFields: Readonly<Record<string, FieldChecks>> = {
  'none-found': {},
  published: {
    policy: (value) => value === 'none' || value === 'quarantine' || value === 'reject',
    recordDomain: isText,
    strictDkim: isFlag,
    strictSpf: isFlag,
  },
};

const verificationFields: Readonly<Record<string, FieldChecks>> = {
  none: { missing: areTexts },
  dkim: { signingDomain: isText, selector: isText, missing: areTexts },
  'dkim+returnpath': { signingDomain: isText, selector: isText, returnPathHost: isText },
};

function isBinding({ name, tenants }: Readonly<Record<string, unknown>>): boolean {
  return isText(name) && areTexts(tenants);
}

/** Whether the fields that the kind of a record asks for are all there. */
function fieldsAre(
  byKind: Readonly<Record<string, FieldChecks>>,
  record: Readonly<Record<string, unknown>>,
): boolean {
  const { kind } = record;
  const checks = typeof kind === 'string' && Object.hasOwn(byKind, kind) ? byKind[kind] : undefined;
  return (
    checks !== undefined && Object.entries(checks).every(([name, check]) => check(record[name]))
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}
