/*
 * How this room asks DNS. The answer is a value, whatever happens: "there is no such name" and
 * "the server did not answer" are two of its kinds, because they lead to different mail.
 */

/** A record, by type, in the form Node's resolver gives it. */
export interface DnsRecords {
  /** The strings of one record; a reader joins them without a space (RFC 6376 §3.6.2.2). */
  readonly TXT: readonly string[];
  readonly MX: { readonly priority: number; readonly exchange: string };
  readonly CNAME: string;
  readonly NS: string;
  readonly SOA: {
    readonly nsname: string;
    readonly hostmaster: string;
    readonly serial: number;
    readonly refresh: number;
    readonly retry: number;
    readonly expire: number;
    readonly minttl: number;
  };
  readonly A: string;
  readonly AAAA: string;
}

/** A record type that we ask for. */
export type DnsType = keyof DnsRecords;

/** All record types that we ask for, for checks. */
export const dnsTypes: readonly DnsType[] = ['TXT', 'MX', 'CNAME', 'NS', 'SOA', 'A', 'AAAA'];

/** What DNS said. `ttlMs`: how long the answer may be kept. */
export type DnsAnswer<Type extends DnsType = DnsType> =
  | {
      readonly kind: 'records';
      /** At least one; names in lower case without a dot at the end. */
      readonly records: readonly DnsRecords[Type][];
      readonly ttlMs: number;
    }
  /** The name exists, and has no record of this type. */
  | { readonly kind: 'no-data'; readonly ttlMs: number }
  /** The name does not exist, and nothing below it (RFC 8020). */
  | { readonly kind: 'no-name'; readonly ttlMs: number }
  /** Nothing is known: a time-out, a server failure, an answer nobody can read. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Asks DNS. */
export interface DnsResolver {
  /**
   * The records of a name; a CNAME at it is followed, unless CNAME is what is asked for. Never
   * rejects.
   */
  resolve<Type extends DnsType>(name: string, type: Type): Promise<DnsAnswer<Type>>;
}

/** A name as it is compared: lower case, without a dot at the end. */
export function dnsName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether a name fits into DNS at all: labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4). */
export function fitsDns(name: string): boolean {
  return (
    name.length <= 253 && name.split('.').every((label) => label.length > 0 && label.length <= 63)
  );
}
