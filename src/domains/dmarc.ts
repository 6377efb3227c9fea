/**
 * What DMARC says for a domain in From, by the DNS tree walk of RFC 9989 §4.10.
 *
 * 1. `_dmarc.<domain>` is asked, then its parent, and so on up to the top label. From a name of more
 *    than 8 labels the walk jumps to its last 7, so there are at most 8 queries.
 * 2. Texts that are no DMARC record are left out; of several records at one name none counts. A
 *    record with `psd=y` or `psd=n` ends the walk.
 * 3. The organisational domain is, from the longest name on: that of a record with `psd=n`; one
 *    label below a record with `psd=y` that is not where the walk began; else the shortest name that
 *    has a record; else the domain itself.
 * 4. The policy is that of the record at the domain itself (`p`), else at its organisational domain,
 *    else at the public suffix above it: `np` where the domain does not exist, `sp` where it does,
 *    `p` where the record has neither. `t=y` makes it one level weaker.
 *
 * Nothing is guessed where DNS did not answer: then the policy is a `temperror`, unless the record
 * of the domain itself has told it already.
 */
import type { DmarcFacts, DmarcPolicy } from '../mail/domain-facts.ts';
import { domainAndAncestors } from './ancestors.ts';
import { readDmarcRecord, type DmarcRecord } from './dmarc-record.ts';
import { TimeToLive } from './time-to-live.ts';
import type { DnsResolver } from './resolver.ts';

/** What {@link findDmarc} found. */
export interface DmarcFinding {
  readonly dmarc: DmarcFacts;
  /** Domain whose subdomains align with each other; absent where DNS did not answer. */
  readonly organisationalDomain?: string;
  /** Why the organisational domain is not known. */
  readonly reason?: string;
}

/** Records that a walk met, by the name they are published for, longest first. */
type Walk = readonly (readonly [name: string, record: DmarcRecord])[];

/**
 * Finds policy and organisational domain of a domain.
 *
 * @param domain in lower-case A-labels
 * @param ttl is shortened to the least TTL of the answers
 */
export async function findDmarc(
  resolver: DnsResolver,
  domain: string,
  ttl: TimeToLive = new TimeToLive(),
): Promise<DmarcFinding> {
  const found: (readonly [string, DmarcRecord])[] = [];
  for (const name of domainAndAncestors(domain)) {
    const answer = ttl.of(await resolver.resolve(`_dmarc.${name}`, 'TXT'));
    if (answer.kind === 'failed') {
      const own = found.find(([at]) => at === domain);
      const { reason } = answer;
      const dmarc: DmarcFacts =
        own === undefined ? { kind: 'temperror', reason } : published(own, own[1].p);
      return { dmarc, reason };
    }
    if (answer.kind !== 'records') continue;
    const records = answer.records.flatMap((strings) => readDmarcRecord(strings.join('')) ?? []);
    const [record] = records;
    if (record === undefined || records.length > 1) continue;
    found.push([name, record]);
    if (record.psd !== 'u') break;
  }
  const organisationalDomain = organisationalDomainOf(domain, found);
  const dmarc = await policyOf(resolver, domain, organisationalDomain, found, ttl);
  return { dmarc, organisationalDomain };
}

function organisationalDomainOf(domain: string, walk: Walk): string {
  for (const [name, { psd }] of walk) {
    if (psd === 'n') return name;
    if (psd === 'y' && name !== domain) return oneLabelBelow(name, domain);
  }
  return walk.at(-1)?.[0] ?? domain;
}

/** For `uk` and `mail.acme.co.uk`: `co.uk`. */
function oneLabelBelow(name: string, domain: string): string {
  return domain
    .split('.')
    .slice(-(name.split('.').length + 1))
    .join('.');
}

async function policyOf(
  resolver: DnsResolver,
  domain: string,
  organisationalDomain: string,
  walk: Walk,
  ttl: TimeToLive,
): Promise<DmarcFacts> {
  const at = (name: string) => walk.find(([each]) => each === name);
  const own = at(domain);
  if (own !== undefined) return published(own, own[1].p);
  const decisive = at(organisationalDomain) ?? walk.find(([, { psd }]) => psd === 'y');
  if (decisive === undefined) return { kind: 'none-found' };
  const { p, sp = p, np = sp } = decisive[1];
  if (np === sp) return published(decisive, sp);
  const existence = ttl.of(await resolver.resolve(domain, 'A'));
  if (existence.kind === 'failed') return { kind: 'temperror', reason: existence.reason };
  return published(decisive, existence.kind === 'no-name' ? np : sp);
}

function published(
  [recordDomain, record]: readonly [string, DmarcRecord],
  policy: DmarcPolicy,
): DmarcFacts {
  if (record.isVoid) return { kind: 'none-found' };
  const { testing, strictDkim, strictSpf } = record;
  return {
    kind: 'published',
    policy: testing ? oneLevelWeaker(policy) : policy,
    recordDomain,
    strictDkim,
    strictSpf,
  };
}

function oneLevelWeaker(policy: DmarcPolicy): DmarcPolicy {
  return policy === 'reject' ? 'quarantine' : 'none';
}
