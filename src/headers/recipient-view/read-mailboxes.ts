import { decodeWords } from './decode-words.ts';

/** A mailbox as a reader gets it: whatever stood there, not checked. */
export interface ShownMailbox {
  /** Decoded display name. */
  readonly name?: string;
  readonly address: string;
}

type Token = { readonly kind: 'text' | 'quoted' | 'special'; readonly text: string };

// Comments are dropped by depth; the rest are quoted-strings, specials of §3.2.3 and runs of text.
const tokenForm = /"((?:[^"\\]|\\.)*)"|([<>,:;])|([^\s"<>,:;]+)/gs;

/**
 * Reads the mailboxes of an address field (RFC 5322 §3.4): names as atoms, quoted-strings or
 * encoded-words; comments are skipped, groups are opened.
 */
export function readMailboxes(value: string): readonly ShownMailbox[] {
  const found: ShownMailbox[] = [];
  let before: Token[] = [];
  let angle: string | undefined;
  let open = false;
  const finish = (): void => {
    const mailbox = mailboxOf(before, angle);
    if (mailbox !== undefined) found.push(mailbox);
    before = [];
    angle = undefined;
    open = false;
  };
  for (const token of tokensOf(withoutComments(value))) {
    if (open) {
      if (token.kind === 'special' && token.text === '>') open = false;
      else angle += token.kind === 'quoted' ? `"${token.text}"` : token.text;
    } else if (token.kind !== 'special') {
      before.push(token);
    } else if (token.text === '<') {
      angle = '';
      open = true;
    } else if (token.text === ':') {
      // The name of a group, not of a mailbox.
      before = [];
    } else {
      finish();
    }
  }
  finish();
  return found;
}

/** The domain of an address, in lower case; empty where there is no `@`. */
export function domainOfShown({ address }: ShownMailbox): string {
  const at = address.lastIndexOf('@');
  return at === -1 ? '' : address.slice(at + 1).toLowerCase();
}

/** `Jane Doe <jane@acme.example>`, or the address alone. */
export function mailboxText({ name, address }: ShownMailbox): string {
  return name === undefined ? address : `${name} <${address}>`;
}

function mailboxOf(before: readonly Token[], angle: string | undefined): ShownMailbox | undefined {
  if (angle === undefined) {
    const address = before
      .map(({ kind, text }) => (kind === 'quoted' ? `"${text}"` : text))
      .join('');
    return address === '' ? undefined : { address };
  }
  const name = phraseText(before);
  return name === '' ? { address: angle } : { name, address: angle };
}

/** The phrase before an address. Encoded-words inside a quoted-string are no encoded-words (RFC 2047 §5). */
function phraseText(tokens: readonly Token[]): string {
  let text = '';
  let words: string[] = [];
  const flush = (): void => {
    text += `${text === '' || words.length === 0 ? '' : ' '}${decodeWords(words.join(' '))}`;
    words = [];
  };
  for (const token of tokens) {
    if (token.kind === 'text') {
      words.push(token.text);
    } else {
      flush();
      text += `${text === '' ? '' : ' '}${token.text}`;
    }
  }
  flush();
  return text;
}

function tokensOf(value: string): readonly Token[] {
  return [...value.matchAll(tokenForm)].map(([, quoted, special, text]): Token => {
    if (quoted !== undefined) {
      return { kind: 'quoted', text: quoted.replace(/\\(.)/gs, '$1') };
    }
    return special === undefined
      ? { kind: 'text', text: text ?? '' }
      : { kind: 'special', text: special };
  });
}

function withoutComments(value: string): string {
  let depth = 0;
  let inQuotes = false;
  let kept = '';
  for (let at = 0; at < value.length; at += 1) {
    const char = value.charAt(at);
    const pair = char === '\\' ? value.slice(at, at + 2) : char;
    if (pair.length === 2) at += 1;
    else if (char === '"' && depth === 0) inQuotes = !inQuotes;
    else if (char === '(' && !inQuotes) depth += 1;
    if (depth === 0) kept += pair;
    if (char === ')' && depth > 0) depth -= 1;
  }
  return kept;
}
