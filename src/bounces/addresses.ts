/*
 * Addresses in texts of strangers. Found by looking around each @, so the time is linear, and cleaned of
 * what notices put around them.
 */

/** An address in a text and where it stands. */
export interface FoundAddress {
  readonly address: string;
  readonly start: number;
  readonly end: number;
}

// What may stand in the local part and the domain of an address that a notice prints.
const localChar = /[^\s<>()[\]{},;:"\\|`@]/;
const domainChar = /(?!\s)[A-Za-z0-9._\u0080-\u2fff\ua000-\ud7ff-]/;
// Chinese and Japanese put no space behind an address; a domain of theirs begins with such a letter.
const wideDomainChar = /(?!\s)[A-Za-z0-9._\u0080-\u2fff\u3040-\ud7ff-]/;
const lengthMax = 320;

/** All addresses in a text, in order, at most `max`. */
export function findAddresses(text: string, max = 200): FoundAddress[] {
  const found: FoundAddress[] = [];
  let from = 0;
  while (found.length < max) {
    const at = text.indexOf('@', from);
    if (at === -1) break;
    from = at + 1;
    let start = at;
    const least = Math.max(0, at - 255);
    if (text[at - 1] === '"') {
      const open = text.lastIndexOf('"', at - 2);
      if (open >= least && !text.slice(open, at).includes('\n')) start = open;
    } else while (start > least && localChar.test(text[start - 1] ?? '')) start -= 1;
    let end = at + 1;
    if (text[end] === '[') {
      const close = text.indexOf(']', end);
      if (close !== -1 && close - end < 60) end = close + 1;
    } else {
      const allowed = /[\u3040-\u9fff]/.test(text[end] ?? '') ? wideDomainChar : domainChar;
      while (end - at < 256 && end < text.length && allowed.test(text[end] ?? '')) end += 1;
    }
    while (end > at && /[.\-_]/.test(text[end - 1] ?? '')) end -= 1;
    const address = cleaned(text.slice(start, end));
    // Archives shorten addresses: "ann@there...".
    const isCut =
      address?.indexOf('.', address.lastIndexOf('@')) === -1 && text.startsWith('...', end);
    if (address !== undefined && !isCut) {
      found.push({ address, start: end - address.length, end });
      from = end;
    }
  }
  return found;
}

/** The first address in a text, or undefined. */
export function firstAddress(text: string): string | undefined {
  return findAddresses(text, 1)[0]?.address;
}

/** The form in which addresses are compared here. */
export function sameAddressKey(address: string): string {
  return address.toLowerCase().replaceAll('"', '');
}

function cleaned(raw: string): string | undefined {
  const text = raw.replace(/^(?:mailto:|smtp[:=]|['*.=!&]+(?=[^@]))/i, '');
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1 || text.length > lengthMax) return undefined;
  // "david...@example.com" is what archives leave of an address.
  return /^[._-]+$/.test(text.slice(at + 1)) || /(?:^|[^.])(?:\.{3}|…)@/.test(text)
    ? undefined
    : text;
}

/** The address of a recipient field: `rfc822; a@b`, `utf-8; …`, with xtext or the escapes of RFC 6533 undone. */
export function recipientOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const semicolon = value.indexOf(';');
  const type = semicolon === -1 ? '' : value.slice(0, semicolon).trim().toLowerCase();
  if (type.startsWith('x400') || type === 'x.400') return undefined;
  // "rfc822;rfc822;a@b" occurs.
  const rest = value.slice(value.lastIndexOf(';') + 1).trim();
  const text =
    type === 'utf-8'
      ? rest.replace(/\\x\{([0-9a-f]{2,6})\}/gi, (_, hex: string) => codePoint(hex))
      : rest;
  const address = findAddresses(text, 1)[0]?.address ?? barePair(text);
  return address === undefined ? undefined : withoutXtext(address);
}

/** An address that is none by the rules, where nothing else can be meant. */
function barePair(text: string): string | undefined {
  const match = /^<?([^\s<>@|]{1,250}@[^\s<>@|]{1,250})>?$/.exec(text);
  return match?.[1] === undefined ? undefined : cleaned(match[1]);
}

function codePoint(hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

/** Undoes xtext (RFC 3461 §4) where it stands for `+` or `=`, which is all it has to stand for in an address. */
function withoutXtext(address: string): string {
  return address.replace(/\+(2B|3D)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
