import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { expectedReplyTo, expectedSender } from './expected-reading.ts';
import { modeViolations } from './mode-invariants.ts';

/*
 * What must hold of the bytes of any message, whatever was given; read from the bytes alone, by other
 * means than those that wrote them. What depends on the mode is in mode-invariants.ts.
 */

const mayHoldEncodedWords = ['from', 'sender', 'reply-to', 'to', 'cc', 'subject'];
const encodedWord = /=\?[^?\s]*\?[bq]\?[^?\s]*\?=/gi;

/**
 * Everything about a message's bytes that should not be so; empty where all is well.
 *
 * @param rcptTo recipients of the envelope; those in neither To nor Cc must be nowhere in the bytes
 */
export function violations(
  message: MaskedMessage,
  bytes: Buffer,
  rcptTo: readonly string[] = [],
): readonly string[] {
  const raw = bytes.toString('latin1');
  const head = raw.slice(0, raw.indexOf('\r\n\r\n') + 2);
  const fields = head.split(/\r\n(?![ \t])/).slice(0, -1);
  return [
    ...wireProblems(raw),
    ...headLineProblems(head),
    ...nameProblems(message, fields),
    ...fields.flatMap((field) => fieldProblems(field, message)),
    ...boundaryProblems(raw),
    ...secretProblems(message, raw, rcptTo),
    ...modeViolations(message, head, fields.map(readField)),
  ];
}

/** Name in lower case and unfolded value of a field. */
function readField(field: string): readonly [name: string, value: string] {
  const colon = field.indexOf(':');
  const value = field.slice(colon + 1).replaceAll('\r\n', '');
  return [field.slice(0, colon).toLowerCase(), value.trim()];
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

/** Exactly the names that this message asks for, each as often as it asks for it. */
function nameProblems(message: MaskedMessage, fields: readonly string[]): string[] {
  const seen = fields.map((field) => readField(field)[0]).toSorted();
  const expected = expectedNames(message).toSorted();
  const multipart = fields.some((field) => /^content-type:\s+multipart/i.test(field));
  if (!multipart) expected.push('content-transfer-encoding');
  return seen.join() === expected.toSorted().join()
    ? []
    : [`the fields ${seen.join()}, where ${expected.join()} should be`];
}

function expectedNames(message: MaskedMessage): string[] {
  const { mode, content, bulk } = message;
  const { to, cc, subject, inReplyTo, references = [] } = content;
  const isThread = inReplyTo !== undefined || references.length > 0;
  const asked: readonly (readonly [name: string, isAsked: boolean])[] = [
    ['sender', expectedSender(message).length > 0],
    ['reply-to', expectedReplyTo(message).length > 0],
    ['to', to.length > 0 || cc.length === 0],
    ['cc', cc.length > 0],
    ['subject', subject !== ''],
    ['in-reply-to', inReplyTo !== undefined],
    ['references', isThread],
    ['list-unsubscribe', bulk !== undefined],
    ['list-unsubscribe-post', bulk !== undefined],
    ['list-id', bulk !== undefined],
    ['list-help', bulk?.help !== undefined],
    ['feedback-id', bulk !== undefined && mode !== 'direct'],
    ['auto-submitted', bulk?.autoSubmitted === true],
    ['precedence', bulk?.precedenceBulk === true],
    ['x-auto-response-suppress', bulk?.suppressAutoResponses === true],
    ['x-onbehalf-ref', message.reference !== undefined && mode !== 'direct'],
  ];
  return [
    'from',
    'date',
    'message-id',
    'mime-version',
    'content-type',
    ...asked.flatMap(([name, isAsked]) => (isAsked ? [name] : [])),
    ...content.headers.map(([name]) => name.toLowerCase()),
  ];
}

function fieldProblems(field: string, message: MaskedMessage): string[] {
  const found: string[] = [];
  const [name, value] = readField(field);
  const words = value.match(encodedWord) ?? [];
  for (const word of words) if (word.length > 75) found.push(`an encoded-word of ${word.length}`);
  if (words.length > 0 && !mayHoldEncodedWords.includes(name)) {
    found.push(`an encoded-word in ${name}`);
  }
  if (/<[^>]*=\?|"[^"]*=\?[^"]*\?="/.test(value) && name !== 'subject') {
    found.push(`an encoded-word within an address or a quoted-string in ${name}`);
  }
  const messageId = /^<[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[a-z0-9.-]+>$/;
  if (name === 'message-id' && !(messageId.test(value) && value.length <= 250)) {
    found.push(`a Message-ID like ${value}`);
  }
  if (name === 'date' && Math.abs(Date.parse(value) - message.dateMs) >= 1000) {
    found.push(`a Date of ${value}`);
  }
  return found;
}

/** A boundary stands in its Content-Type, between its parts and after them, and nowhere else. */
function boundaryProblems(raw: string): string[] {
  const declared = /^Content-Type: multipart\/(?:[^\r\n]|\r\n )*boundary="([^"\r\n]+)"\r$/gm;
  return [...raw.matchAll(declared)].flatMap(([, boundary = '']) => {
    const count = raw.split(boundary).length - 1;
    const delimiters = raw.split(`\r\n--${boundary}\r\n`).length - 1;
    const closings = raw.split(`\r\n--${boundary}--\r\n`).length - 1;
    return delimiters > 0 && closings === 1 && count === 1 + delimiters + closings
      ? []
      : [`boundary ${boundary} occurs ${count} times`];
  });
}

/** Envelope-only recipients: neither their addresses nor their local parts. */
function secretProblems(
  { content }: MaskedMessage,
  raw: string,
  rcptTo: readonly string[],
): string[] {
  const shown = new Set([...content.to, ...content.cc].map(({ address }) => address.toLowerCase()));
  const text = raw.toLowerCase();
  return rcptTo
    .filter((address) => !shown.has(address.toLowerCase()))
    .flatMap((address) => [address, address.slice(0, address.lastIndexOf('@'))])
    .filter((secret) => text.includes(secret.toLowerCase()))
    .map((secret) => `an envelope-only recipient: ${secret}`);
}
