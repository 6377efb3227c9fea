import type { Problem } from '../runtime/errors.ts';
import { shapeOf } from '../runtime/shape.ts';
import { dnsName, dnsTypes, fitsDns, type DnsRecords, type DnsType } from './resolver.ts';

/** An outcome that a zone simulates instead of records. */
export type SimulatedOutcome = 'servfail' | 'timeout' | 'refused' | 'no-name' | 'no-data';

/** What stands at one name, by type; `*` is an outcome for every type that is not listed. */
export type ZoneNode = ReadonlyMap<
  string,
  readonly DnsRecords[DnsType][] | readonly unknown[] | SimulatedOutcome
>;

/** A checked zone, by name in lower case without a dot at the end. */
export type Zone = ReadonlyMap<string, ZoneNode>;

/** Words for an outcome, as people and as Node's resolver say it. */
const outcomes: Readonly<Record<string, SimulatedOutcome>> = {
  SERVFAIL: 'servfail',
  ESERVFAIL: 'servfail',
  TIMEOUT: 'timeout',
  ETIMEOUT: 'timeout',
  REFUSED: 'refused',
  EREFUSED: 'refused',
  NXDOMAIN: 'no-name',
  ENOTFOUND: 'no-name',
  NODATA: 'no-data',
  ENODATA: 'no-data',
};

/** Types that a zone may hold although nobody here asks for them: they make a name exist. */
const otherTypes = ['CAA', 'NAPTR', 'PTR', 'SRV', 'TLSA'];

/**
 * Checks a zone: name → type → records as Node's resolver returns them. What is wrong goes into
 * `problems`, all of it; what is right comes back.
 */
export function readZone(zone: unknown, problems: Problem[]): Zone {
  const nodes = new Map<string, ZoneNode>();
  if (!isObject(zone)) {
    problems.push({ field: 'zone', message: `must be an object of names, is ${shapeOf(zone)}` });
    return nodes;
  }
  for (const [written, types] of Object.entries(zone)) {
    const name = dnsName(written);
    if (!fitsDns(name)) problems.push({ field: written, message: 'is no DNS name' });
    else if (nodes.has(name)) problems.push({ field: written, message: 'stands there twice' });
    else nodes.set(name, readNode(written, types, problems));
  }
  return nodes;
}

function readNode(name: string, types: unknown, problems: Problem[]): ZoneNode {
  const node = new Map<string, readonly unknown[] | SimulatedOutcome>();
  if (typeof types === 'string') {
    const outcome = outcomes[types];
    if (outcome === undefined) problems.push({ field: name, message: notAnOutcome });
    else node.set('*', outcome);
    return node;
  }
  if (!isObject(types)) {
    problems.push({ field: name, message: `must hold types, is ${shapeOf(types)}` });
    return node;
  }
  for (const [type, value] of Object.entries(types)) {
    const field = `${name} ${type}`;
    const records = readRecords(field, type, value, problems);
    if (records !== undefined) node.set(type, records);
  }
  if (node.has('CNAME') && node.size > 1) {
    problems.push({ field: `${name} CNAME`, message: 'may not stand beside other records' });
  }
  return node;
}

const notAnOutcome = `must be a list of records, or one of ${Object.keys(outcomes).join(', ')}`;

function readRecords(
  field: string,
  type: string,
  value: unknown,
  problems: Problem[],
): readonly unknown[] | SimulatedOutcome | undefined {
  if (typeof value === 'string') {
    const outcome = outcomes[value];
    if (outcome === undefined) problems.push({ field, message: notAnOutcome });
    return outcome;
  }
  // Node returns the one SOA record without a list around it.
  const records: unknown = type === 'SOA' && isObject(value) ? [value] : value;
  if (!Array.isArray(records)) {
    problems.push({ field, message: notAnOutcome });
    return undefined;
  }
  if (otherTypes.includes(type)) return records;
  const known = dnsTypes.find((each) => each === type);
  if (known === undefined) {
    problems.push({
      field,
      message: `is no record type of a zone file: ${[...dnsTypes, ...otherTypes].join(', ')}`,
    });
    return undefined;
  }
  if (known === 'CNAME' && records.length !== 1) {
    problems.push({ field, message: 'must be one name: a name has one CNAME' });
    return undefined;
  }
  return records.flatMap((record: unknown, index) => {
    const checked = readers[known](record);
    if (checked !== undefined) return [checked];
    problems.push({ field: `${field}[${index}]`, message: `must be ${forms[known]}` });
    return [];
  });
}

const forms: Readonly<Record<DnsType, string>> = {
  TXT: 'a list of texts, as in [["v=DMARC1; p=none"]]',
  MX: '{"priority": 10, "exchange": "mx.example"}',
  CNAME: 'a name',
  NS: 'a name',
  SOA: '{"nsname", "hostmaster", "serial", "refresh", "retry", "expire", "minttl"}',
  A: 'an address, as text',
  AAAA: 'an address, as text',
};

const readers: { readonly [Type in DnsType]: (record: unknown) => DnsRecords[Type] | undefined } = {
  // One text alone is taken for a record of one string.
  TXT: (record) => {
    if (typeof record === 'string') return [record];
    const strings: readonly unknown[] = Array.isArray(record) ? record : [];
    return strings.length > 0 && strings.every((each) => typeof each === 'string')
      ? strings
      : undefined;
  },
  MX: (record) => {
    if (!isObject(record)) return undefined;
    const { priority, exchange } = record;
    return typeof exchange === 'string' && Number.isInteger(priority)
      ? { priority: priority as number, exchange: dnsName(exchange) }
      : undefined;
  },
  CNAME: readName,
  NS: readName,
  SOA: (record) => {
    if (!isObject(record)) return undefined;
    const { nsname, hostmaster } = record;
    const numbers = ['serial', 'refresh', 'retry', 'expire', 'minttl'].map((each) => record[each]);
    return typeof nsname === 'string' &&
      typeof hostmaster === 'string' &&
      numbers.every((each) => Number.isInteger(each))
      ? (record as unknown as DnsRecords['SOA'])
      : undefined;
  },
  A: readText,
  AAAA: readText,
};

function readName(record: unknown): string | undefined {
  const name = typeof record === 'string' ? dnsName(record) : '';
  return fitsDns(name) ? name : undefined;
}

function readText(record: unknown): string | undefined {
  return typeof record === 'string' && record !== '' ? record : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
