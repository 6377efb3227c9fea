import type { DmarcPolicy } from '../mail/domain-facts.ts';
import { splitTags, type Tag } from './tag-list.ts';

/*
 * Reads one DMARC policy record (RFC 9989 §4.7, §4.8).
 *
 * - It begins with `v=DMARC1`, exactly so; anything else at the name is no DMARC record.
 * - Tag names and most values know no case. Unknown tags, and parts that are no tag, are ignored.
 * - A tag that stands twice is not foreseen, and receivers differ: the stricter value counts, since
 *   it is the one that can make a mail fail.
 * - Without `p` the record asks for nothing. With a `p`, `sp` or `np` that is no policy it asks for
 *   nothing if reports are wanted, and is void otherwise (§4.10.1).
 */

/** A DMARC policy record, read. */
export interface DmarcRecord {
  /** Whether it is void: a bad policy and nobody to report to. */
  readonly isVoid: boolean;
  /** What to do with mail of the domain itself. */
  readonly p: DmarcPolicy;
  /** What to do with mail of its subdomains; absent: as `p`. */
  readonly sp?: DmarcPolicy;
  /** What to do with mail of subdomains that do not exist; absent: as `sp`. */
  readonly np?: DmarcPolicy;
  /** Whether this is a public suffix (`y`), surely none (`n`), or nothing is said (`u`). */
  readonly psd: 'y' | 'n' | 'u';
  /** `t=y`: to be applied one level weaker. */
  readonly testing: boolean;
  readonly strictDkim: boolean;
  readonly strictSpf: boolean;
}

const policies: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject'];

/** Reads the text of a TXT record; undefined where it is no DMARC record. */
export function readDmarcRecord(text: string): DmarcRecord | undefined {
  // The value is the one thing whose case counts, and white space before it is none of the form.
  const [version, ...others] = /^v/i.test(text) ? splitTags(text) : [];
  if (version?.name.toLowerCase() !== 'v' || version.value !== 'DMARC1') return undefined;
  const tags = valuesByName(others);
  const valuesOf = (name: string): readonly string[] => tags.get(name) ?? [];
  const flags = {
    psd: readPsd(valuesOf('psd')),
    testing: valuesOf('t').length > 0 && valuesOf('t').every((value) => value === 'y'),
    strictDkim: valuesOf('adkim').includes('s'),
    strictSpf: valuesOf('aspf').includes('s'),
  };
  const written = ['p', 'sp', 'np'].map((name) => valuesOf(name));
  if (written.some((values) => values.length > 0 && strictest(values) === undefined)) {
    const isVoid = !valuesOf('rua').some(hasReportAddress);
    return { ...flags, isVoid, p: 'none' };
  }
  const [p, sp, np] = written.map(strictest);
  return {
    ...flags,
    isVoid: false,
    p: p ?? 'none',
    ...(sp === undefined ? {} : { sp }),
    ...(np === undefined ? {} : { np }),
  };
}

function valuesByName(tags: readonly (Tag | undefined)[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const tag of tags) {
    if (tag === undefined) continue;
    const name = tag.name.toLowerCase();
    const there = values.get(name);
    if (there === undefined) values.set(name, [tag.value.toLowerCase()]);
    else there.push(tag.value.toLowerCase());
  }
  return values;
}

function strictest(values: readonly string[]): DmarcPolicy | undefined {
  return policies.findLast((policy) => values.includes(policy));
}

function readPsd(values: readonly string[]): 'y' | 'n' | 'u' {
  const [first] = values;
  return first === 'y' || first === 'n' ? first : 'u';
}

/** Whether a list of reporting URIs holds one that is well formed; a size limit `!10m` may follow. */
function hasReportAddress(list: string): boolean {
  return list
    .split(',')
    .some((uri) =>
      /^(?:mailto:[^\s@!]+@[^\s@!]+|https:\/\/[^\s!]+)(?:!\d+[kmgt]?)?$/.test(uri.trim()),
    );
}
