import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { expectedReplyTo, expectedSender } from './expected-reading.ts';

/*
 * What must hold of the bytes of any message in mode on-behalf, whatever was given; read from the
 * bytes alone, by other means than those that wrote them.
 */

const exactlyOne = ['from', 'date', 'message-id', 'mime-version', 'content-type', 'x-onbehalf-ref'];
const atMostOne = ['sender', 'reply-to', 'to', 'cc', 'subject', 'content-transfer-encoding'];
const encodedWord = /=\?[^?\s]*\?[bq]\?[^?\s]*\?=/gi;

/** Everything about a message's bytes that should not be so; empty where all is well. */
export function violations(message: MaskedMessage, bytes: Buffer): readonly string[] {
  const raw = bytes.toString('latin1');
  const headEnd = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, headEnd + 2);
  const fields = head.split(/\r\n(?![ \t])/).slice(0, -1);
  return [
    ...wireProblems(raw),
    ...headLineProblems(head),
    ...nameProblems(message, fields),
    ...fields.flatMap(fieldProblems),
  ];
}

function wireProblems(raw: string): string[] {
  const found: string[] = [];
  if (/[^\r\n\x20-\x7e]/.test(raw)) found.push('an octet that is not printable ASCII');
  if (/\r(?!\n)|(?<!\r)\n/.test(raw)) found.push('a bare CR or LF');
  if (!raw.endsWith('\r\n')) found.push('no line end at the end');
  if (/[^\r\n]{999}/.test(raw)) found.push('a line of over 998 octets');
  if (/[ \t]\r\n/.test(raw)) found.push('white space at a line end');
  return found;
}

function headLineProblems(head: string): string[] {
  return head.split('\r\n').flatMap((line, index) => {
    if (index === 0 && /^\s/.test(line)) return ['a fold in the first line'];
    if (line.length <= 78) return [];
    // A fold point: a space with something before it that is more than the name, and something after.
    const foldable = /\S \S/.test(line.replace(/^[\w-]+: /, '').trim());
    return foldable ? [`a line of ${line.length} that could be folded: ${line}`] : [];
  });
}

function nameProblems(message: MaskedMessage, fields: readonly string[]): string[] {
  const custom = message.content.headers.map(([name]) => name.toLowerCase());
  const names = fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase());
  const count = (name: string): number => names.filter((each) => each === name).length;
  const given = (name: string): number => custom.filter((each) => each === name).length;
  return [
    ...exactlyOne.filter((name) => count(name) !== 1).map((name) => `${count(name)} ${name}`),
    ...atMostOne.filter((name) => count(name) > 1).map((name) => `${count(name)} ${name}`),
    ...custom.filter((name) => count(name) !== given(name)).map((name) => `wrong count of ${name}`),
    ...names
      .filter((name) => ![...exactlyOne, ...atMostOne, ...custom].includes(name))
      .map((name) => `a field that nobody asked for: ${name}`),
    ...(count('sender') === expectedSender(message).length
      ? []
      : ['Sender there or not against the mode']),
    ...(count('reply-to') === Math.min(1, expectedReplyTo(message).length)
      ? []
      : ['wrong Reply-To']),
  ];
}

function fieldProblems(field: string): string[] {
  const found: string[] = [];
  const name = field.slice(0, field.indexOf(':')).toLowerCase();
  const value = field
    .slice(field.indexOf(':') + 1)
    .replaceAll('\r\n', '')
    .trim();
  const words = value.match(encodedWord) ?? [];
  for (const word of words) if (word.length > 75) found.push(`an encoded-word of ${word.length}`);
  const mayEncode = ['from', 'sender', 'reply-to', 'to', 'cc', 'subject'].includes(name);
  if (words.length > 0 && !mayEncode) found.push(`an encoded-word in ${name}`);
  if (/<[^>]*=\?|"[^"]*=\?[^"]*\?="/.test(value) && name !== 'subject') {
    found.push(`an encoded-word within an address or a quoted-string in ${name}`);
  }
  const messageId = /^<[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[a-z0-9.-]+>$/;
  if (name === 'message-id' && !(messageId.test(value) && value.length <= 250)) {
    found.push(`a Message-ID like ${value}`);
  }
  return found;
}
