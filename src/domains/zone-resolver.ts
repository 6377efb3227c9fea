/**
 * DNS out of a JSON object, for tests and for work without a network. A query is answered as a
 * server answers it that is authoritative for everything:
 *
 * 1. The name is looked up without regard to case. A name that only has names below it exists
 *    (RFC 8020), with no records.
 * 2. A name that does not exist gets the records of `*` below its closest existing ancestor, if
 *    there is one (RFC 4592).
 * 3. A CNAME is followed, up to 8 of them; a longer chain or a loop is a failure, as a resolver
 *    gives it.
 */
import { validationError, type Problem } from '../runtime/errors.ts';
import { absentTtlMs, foundTtlMs } from './dns-resolver.ts';
import {
  dnsName,
  fitsDns,
  type DnsAnswer,
  type DnsRecords,
  type DnsResolver,
  type DnsType,
} from './resolver.ts';
import { readZone, type Zone, type ZoneNode } from './zone-file.ts';

const cnamesMax = 8;

/** A resolver over a zone, which remembers what it was asked. */
export interface ZoneResolver extends DnsResolver {
  /** Every query so far, e.g. `TXT _dmarc.acme.example`, in order. */
  readonly queries: readonly string[];
}

/**
 * Makes a resolver that answers from a zone and asks no server.
 *
 * @param zone name → type → records, the parsed JSON of a zone file (docs/domains.md)
 * @throws OnbehalfError `INVALID_INPUT` with every problem of the zone at once
 */
export function createZoneResolver(zone: unknown): ZoneResolver {
  const problems: Problem[] = [];
  const nodes = readZone(zone, problems);
  if (problems.length > 0) throw validationError('INVALID_INPUT', 'zone', problems);
  const existing = namesThatExist(nodes);
  const queries: string[] = [];
  return {
    queries,
    resolve: async (name, type) => {
      const asked = dnsName(name);
      queries.push(`${type} ${asked}`);
      return Promise.resolve(answer(nodes, existing, asked, type));
    },
  };
}

function answer<Type extends DnsType>(
  nodes: Zone,
  existing: ReadonlySet<string>,
  asked: string,
  type: Type,
): DnsAnswer<Type> {
  let name = asked;
  const seen = new Set<string>();
  while (!seen.has(name) && seen.size <= cnamesMax) {
    seen.add(name);
    const node = fitsDns(name) ? nodeAt(nodes, existing, name) : undefined;
    if (node === undefined) return { kind: 'no-name', ttlMs: absentTtlMs };
    const target = type === 'CNAME' ? undefined : targetOf(node);
    if (target === undefined) return answerFrom(node, name, type);
    name = target;
  }
  return { kind: 'failed', reason: `${type} ${asked}: its CNAMEs lead round in a circle` };
}

function targetOf(node: ZoneNode): string | undefined {
  const cname = node.get('CNAME');
  return Array.isArray(cname) ? (cname as readonly string[])[0] : undefined;
}

function answerFrom<Type extends DnsType>(
  node: ZoneNode,
  name: string,
  type: Type,
): DnsAnswer<Type> {
  const there = node.get(type) ?? node.get('*');
  switch (there) {
    case undefined:
    case 'no-data':
      return { kind: 'no-data', ttlMs: absentTtlMs };
    case 'no-name':
      return { kind: 'no-name', ttlMs: absentTtlMs };
    case 'servfail':
      return { kind: 'failed', reason: `${type} ${name}: the server failed` };
    case 'timeout':
      return { kind: 'failed', reason: `${type} ${name}: no answer in time` };
    case 'refused':
      return { kind: 'failed', reason: `${type} ${name}: the server refused to answer` };
    default:
      return there.length === 0
        ? { kind: 'no-data', ttlMs: absentTtlMs }
        : {
            kind: 'records',
            records: there as readonly DnsRecords[Type][],
            ttlMs: foundTtlMs,
          };
  }
}

const empty: ZoneNode = new Map();

function nodeAt(nodes: Zone, existing: ReadonlySet<string>, name: string): ZoneNode | undefined {
  const own = nodes.get(name);
  if (own !== undefined) return own;
  if (existing.has(name)) return empty;
  let ancestor = parentOf(name);
  while (ancestor !== undefined && !existing.has(ancestor)) ancestor = parentOf(ancestor);
  return ancestor === undefined ? undefined : nodes.get(`*.${ancestor}`);
}

function namesThatExist(nodes: Zone): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, node] of nodes) {
    // A name that the zone says does not exist makes its ancestors exist no more than itself.
    if (node.get('*') === 'no-name') continue;
    for (let each: string | undefined = name; each !== undefined; each = parentOf(each)) {
      names.add(each);
    }
  }
  return names;
}

function parentOf(name: string): string | undefined {
  const dot = name.indexOf('.');
  return dot === -1 ? undefined : name.slice(dot + 1);
}
