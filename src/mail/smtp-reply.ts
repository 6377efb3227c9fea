import { printableText } from './printable-text.ts';

/** What an SMTP server answered (RFC 5321 §4.2). */
export interface SmtpReply {
  /** Three digits, 200 to 599. */
  readonly code: number;
  /** Enhanced status code (RFC 3463), e.g. `5.1.1`, where the text begins with one. */
  readonly enhancedCode?: string;
  /** The text of all lines, joined by a space, without codes and control characters, safe to print; ≤ 1,000 characters. */
  readonly text: string;
}

const textMax = 1000;

/**
 * Reads a reply as it came from the wire or from a library: one or several lines, each with its
 * code. Undefined where it does not begin with a reply code.
 */
export function parseSmtpReply(raw: string): SmtpReply | undefined {
  const lines = raw.split(/\r?\n/).filter((line) => line !== '');
  const code = /^([2-5][0-9]{2})(?:[ -]|$)/.exec(lines[0] ?? '')?.[1];
  if (code === undefined) return undefined;
  let enhancedCode: string | undefined;
  const texts = lines.map((line) => {
    const rest = line.startsWith(code) ? line.slice(code.length + 1) : line;
    const match = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/.exec(rest);
    if (match === null) return rest;
    enhancedCode ??= match[1];
    return rest.slice(match[0].length);
  });
  const text = printableText(texts.join(' ')).trim().slice(0, textMax);
  return {
    code: Number(code),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    text,
  };
}

/** A reply as one line, e.g. `550 5.1.1 User unknown`. */
export function formatSmtpReply(reply: SmtpReply): string {
  return [String(reply.code), reply.enhancedCode, reply.text]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
