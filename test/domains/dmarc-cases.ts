import { readFileSync } from 'node:fs';

/** One case of `dmarc-cases.txt`. */
export interface DmarcCase {
  readonly what: string;
  readonly from: string;
  /** As a zone file holds it. */
  readonly zone: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>> | string>>;
  /** `none-found`, `temperror`, or policy, domain of the record and strict tags. */
  readonly dmarc: string;
  /** `?` where it cannot be known. */
  readonly organisation: string;
  readonly queries?: number;
}

/** The cases of `dmarc-cases.txt`, in their order. */
export function readDmarcCases(): readonly DmarcCase[] {
  const text = readFileSync(new URL('dmarc-cases.txt', import.meta.url), 'utf8');
  return text
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => line !== ''))
    .filter(([first]) => first !== undefined && !first.startsWith('#'))
    .map(readCase);
}

function readCase([what = '', from = '', ...lines]: readonly string[]): DmarcCase {
  const [, dmarc = '', organisation = '', queries] =
    /^ {2}= (.+); organisation (\S+?)(?:; (\d) queries)?$/.exec(lines.at(-1) ?? '') ?? [];
  if (dmarc === '' || !from.startsWith('  from ')) throw new Error(`case "${what}" is not whole`);
  const zone: Record<string, Record<string, unknown[]> | string> = {};
  for (const line of lines.slice(0, -1)) {
    const [, name = '', type = '', rest = ''] = /^ {2}(\S+) ([A-Z]+) ?(.*)$/.exec(line) ?? [];
    const there = zone[name];
    const node = typeof there === 'object' ? there : {};
    zone[name] =
      rest === '' ? type : { ...node, [type]: [...(node[type] ?? []), read(type, rest)] };
  }
  return {
    what,
    from: from.slice('  from '.length),
    zone,
    dmarc,
    organisation,
    ...(queries === undefined ? {} : { queries: Number(queries) }),
  };
}

function read(type: string, text: string): unknown {
  if (type === 'TXT') return [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1]);
  return type === 'MX' ? { priority: 10, exchange: text } : text;
}
