/**
 * A DNS server on loopback UDP, so that the real resolver has somebody to ask. It answers from
 * name → type → records as Node's resolver returns them, follows CNAMEs, and tells an empty answer
 * from a name that does not exist. Written from RFC 1035, without a line of ours.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { atEnd } from './leftovers.ts';

/** What the server knows; a text instead of records is an outcome. */
export type ServedZone = Readonly<Record<string, Readonly<Record<string, unknown>> | string>>;

/** A running server. */
export interface TestDns {
  /** For `setServers`. */
  readonly address: string;
  /** Questions so far, e.g. `TXT _dmarc.acme.example`. */
  readonly questions: readonly string[];
}

const typeNumbers = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28 } as const;
type TypeName = keyof typeof typeNumbers;

/** Seconds that every answer of the server may be kept. */
export const servedTtlSeconds = 120;

/** Starts a server; it is closed at the end of the test file. */
export async function startTestDns(zone: ServedZone): Promise<TestDns> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${type ?? '?'} ${name}`);
    const outcome = type === undefined ? 'NOTIMP' : lookUp(zone, name, type);
    if (outcome === 'TIMEOUT') return;
    const reply =
      outcome === 'GARBAGE'
        ? Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80]), Buffer.from('garbage')])
        : formatReply(query.subarray(0, end), outcome);
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  atEnd(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}

/** Records of an answer, the chain of CNAMEs first, and its code (RFC 1035 §4.1.1). */
interface Outcome {
  readonly code: number;
  readonly records: readonly (readonly [name: string, type: TypeName, record: unknown])[];
}

const codes: Readonly<Record<string, number>> = { SERVFAIL: 2, NOTIMP: 4, REFUSED: 5 };

function lookUp(zone: ServedZone, asked: string, type: TypeName): Outcome | string {
  const records: (readonly [string, TypeName, unknown])[] = [];
  let name = asked;
  for (let links = 0; links < 10; links += 1) {
    const node = nodeOf(zone, name);
    if (node === undefined) return { code: 3, records };
    if (typeof node === 'string') return node === 'TIMEOUT' ? node : failure(node);
    const cname = type === 'CNAME' ? undefined : node['CNAME'];
    if (Array.isArray(cname)) {
      records.push([name, 'CNAME', cname[0]]);
      name = String(cname[0]).toLowerCase();
      continue;
    }
    const there = node[type];
    if (typeof there === 'string') {
      return there === 'TIMEOUT' || there === 'GARBAGE' ? there : failure(there);
    }
    const list: readonly unknown[] = there === undefined ? [] : [there].flat(1);
    return { code: 0, records: [...records, ...list.map((each) => [name, type, each] as const)] };
  }
  return failure('SERVFAIL');
}

function failure(word: string): Outcome {
  return { code: codes[word] ?? 2, records: [] };
}

function nodeOf(zone: ServedZone, name: string): ServedZone[string] | undefined {
  const entries = Object.entries(zone).map(([each, node]) => [each.toLowerCase(), node] as const);
  const own = entries.find(([each]) => each === name);
  if (own !== undefined) return own[1];
  if (entries.some(([each]) => each.endsWith(`.${name}`))) return {};
  const parent = name.slice(name.indexOf('.') + 1);
  const isParentThere = entries.some(([each]) => each === parent || each.endsWith(`.${parent}`));
  return isParentThere ? entries.find(([each]) => each === `*.${parent}`)?.[1] : undefined;
}

function readQuestion(query: Buffer): { name: string; type?: TypeName; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = query.readUInt16BE(at + 1);
  const type = (Object.keys(typeNumbers) as TypeName[]).find((key) => typeNumbers[key] === number);
  const name = labels.join('.').toLowerCase();
  return { name, ...(type === undefined ? {} : { type }), end: at + 5 };
}

function formatReply(question: Buffer, outcome: Outcome | string): Buffer {
  const { code, records } = typeof outcome === 'string' ? failure(outcome) : outcome;
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records.map(formatRecord)]);
}

function formatRecord([name, type, record]: Outcome['records'][number]): Buffer {
  const data = formatData(type, record);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeNumbers[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(servedTtlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([formatName(name), fixed, data]);
}

function formatData(type: TypeName, record: unknown): Buffer {
  switch (type) {
    case 'TXT':
      return Buffer.concat(
        (record as readonly string[]).map((text) =>
          Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]),
        ),
      );
    case 'MX': {
      const { priority, exchange } = record as { priority: number; exchange: string };
      const preference = Buffer.alloc(2);
      preference.writeUInt16BE(priority);
      return Buffer.concat([preference, formatName(exchange)]);
    }
    case 'CNAME':
    case 'NS':
      return formatName(String(record));
    case 'SOA': {
      const soa = record as Readonly<Record<string, string | number>>;
      const numbers = ['serial', 'refresh', 'retry', 'expire', 'minttl'].map((each) => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(Number(soa[each]));
        return bytes;
      });
      const names = ['nsname', 'hostmaster'].map((each) => formatName(String(soa[each])));
      return Buffer.concat([...names, ...numbers]);
    }
    case 'A':
      if (!isIPv4(String(record))) throw new Error(`no IPv4 address: ${String(record)}`);
      return Buffer.from(String(record).split('.').map(Number));
    case 'AAAA':
      return Buffer.from(
        String(record)
          .split(':')
          .flatMap((group) => {
            const value = Number.parseInt(group, 16);
            return [value >> 8, value & 0xff];
          }),
      );
  }
}

function formatName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  );
  return Buffer.concat([...parts, Buffer.from([0])]);
}
