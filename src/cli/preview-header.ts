import type { Colors } from './colors.ts';
import type { Preview } from './preview-message.ts';

const indent = '  ';

/**
 * Envelope and header as they go on the wire, with signatures cut down to the tags that people look
 * at, and what the body weighs.
 */
export function headerLines({ envelope, message }: Preview, { dim, cyan }: Colors): string[] {
  const text = message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const fields = text
    .slice(0, end)
    .split(/\r\n(?![ \t])/)
    .map((field) => field.split('\r\n'));
  const recipients = envelope.rcptTo.length;
  return [
    `${indent}MAIL FROM:<${envelope.mailFrom}>`,
    ...envelope.rcptTo.map((address) => `${indent}RCPT TO:<${address}>`),
    ...(recipients > 1
      ? [`${indent}${dim('one transaction each, with a MAIL FROM of its own; the first is shown')}`]
      : []),
    '',
    ...fields.flatMap((lines) => fieldLines(lines, dim, cyan)),
    '',
    `${indent}${dim(`and a body of ${text.length - end - 4} bytes`)}`,
  ];
}

function fieldLines(
  lines: readonly string[],
  dim: (text: string) => string,
  cyan: (text: string) => string,
): string[] {
  const [first = '', ...folded] = lines;
  const colon = first.indexOf(':');
  const name = first.slice(0, colon + 1);
  if (name.toLowerCase() === 'dkim-signature:') {
    return [`${indent}${cyan(name)} ${dim(signatureInShort(lines.join(' ')))}`];
  }
  return [
    `${indent}${cyan(name)}${first.slice(colon + 1)}`,
    ...folded.map((line) => indent + line),
  ];
}

function signatureInShort(field: string): string {
  const tag = (name: string): string =>
    new RegExp(`[;:]\\s*${name}=([^;]*)`).exec(field)?.[1]?.replace(/\s/g, '') ?? '';
  return `d=${tag('d')}; s=${tag('s')}; h=${tag('h').split(':').length} names; …`;
}
