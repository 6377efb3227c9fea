/**
 * DNS as this machine sees it, through Node's resolver.
 *
 * Node follows CNAMEs and tells NXDOMAIN (ENOTFOUND) from an empty answer (ENODATA); every other
 * code means that nothing is known. It tells TTLs for addresses only, so other answers are kept for
 * a default time, and nobody has to wait long for a record that a customer has just added.
 */
import { Resolver } from 'node:dns/promises';
import { codeOf, messageOf } from '../runtime/errors.ts';
import {
  dnsName,
  fitsDns,
  type DnsAnswer,
  type DnsRecords,
  type DnsResolver,
  type DnsType,
} from './resolver.ts';

/** How long an answer with records is kept where DNS did not say, ms. */
export const foundTtlMs = 300_000;
/** How long an answer without records is kept where DNS did not say, ms. */
export const absentTtlMs = 60_000;

/** Options of {@link createDnsResolver}. */
export interface DnsResolverOptions {
  /** Servers to ask, `address` or `address:port`; default: those of the system. */
  readonly servers?: readonly string[];
  /** Wait for one server to answer, first try, ms; default 2,000. */
  readonly timeoutMs?: number;
  /** Tries per server; default 2. */
  readonly triesMax?: number;
  /** Longest wait for one answer, all tries and servers together, ms; default 8,000. */
  readonly deadlineMs?: number;
}

/** Makes a resolver that asks real servers. It holds nothing that needs closing. */
export function createDnsResolver(options: DnsResolverOptions = {}): DnsResolver {
  const { servers, timeoutMs = 2_000, triesMax = 2, deadlineMs = 8_000 } = options;
  return {
    async resolve<Type extends DnsType>(name: string, type: Type): Promise<DnsAnswer<Type>> {
      const asked = dnsName(name);
      // What cannot stand in a query cannot exist; no server need be asked.
      if (!fitsDns(asked)) return { kind: 'no-name', ttlMs: foundTtlMs };
      // One for each question, because it can only cancel all of its questions at once.
      const resolver = new Resolver({ timeout: timeoutMs, tries: triesMax });
      if (servers !== undefined) resolver.setServers(servers);
      const deadline = setTimeout(() => resolver.cancel(), deadlineMs);
      try {
        return await ask(resolver, asked, type);
      } finally {
        clearTimeout(deadline);
      }
    },
  };
}

/** Asks one question; each branch gives the records of its type, which the compiler cannot see. */
async function ask<Type extends DnsType>(
  resolver: Resolver,
  name: string,
  type: Type,
): Promise<DnsAnswer<Type>> {
  try {
    const { records, ttlMs } = await query(resolver, name, type);
    if (records.length === 0) return { kind: 'no-data', ttlMs: absentTtlMs };
    return { kind: 'records', records: records as readonly DnsRecords[Type][], ttlMs };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENODATA') return { kind: 'no-data', ttlMs: absentTtlMs };
    if (code === 'ENOTFOUND') return { kind: 'no-name', ttlMs: absentTtlMs };
    return { kind: 'failed', reason: `${type} ${name}: ${reasonOf(code, error)}` };
  }
}

interface Found {
  readonly records: readonly unknown[];
  readonly ttlMs: number;
}

async function query(resolver: Resolver, name: string, type: DnsType): Promise<Found> {
  switch (type) {
    case 'TXT':
      return found(await resolver.resolveTxt(name));
    case 'MX': {
      const exchanges = await resolver.resolveMx(name);
      return found(exchanges.map((mx) => ({ ...mx, exchange: dnsName(mx.exchange) })));
    }
    case 'CNAME':
      return found((await resolver.resolveCname(name)).map(dnsName));
    case 'NS':
      return found((await resolver.resolveNs(name)).map(dnsName));
    case 'SOA':
      return found([await resolver.resolveSoa(name)]);
    case 'A':
      return withTtl(await resolver.resolve4(name, { ttl: true }));
    case 'AAAA':
      return withTtl(await resolver.resolve6(name, { ttl: true }));
  }
}

function found(records: readonly unknown[]): Found {
  return { records, ttlMs: foundTtlMs };
}

function withTtl(addresses: readonly { readonly address: string; readonly ttl: number }[]): Found {
  return {
    records: addresses.map(({ address }) => address),
    ttlMs: Math.min(...addresses.map(({ ttl }) => ttl * 1000)),
  };
}

/** Codes of Node's resolver that people understand less than a word. */
const words: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the server failed',
  ETIMEOUT: 'no answer in time',
  EREFUSED: 'the server refused to answer',
  ECONNREFUSED: 'no DNS server can be reached',
  ECANCELLED: 'no answer in time',
  EBADRESP: 'an answer that cannot be read',
};

function reasonOf(code: string | undefined, error: unknown): string {
  return (code === undefined ? undefined : words[code]) ?? messageOf(error);
}
