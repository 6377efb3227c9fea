import { headerNames } from '../mail/header-names.ts';
import type { MessageId } from '../mail/ids.ts';
import { foldField } from './fold.ts';
import type { MimePart } from './mime-tree.ts';

/** A MIME tree as text: the fields of its root, and all that follows the header block. */
export interface WrittenParts {
  /** Content-… fields of the root, each with CRLF. */
  readonly fields: string;
  /** The body in pieces, to be joined; ends in CRLF. */
  readonly body: readonly string[];
  /** Whether relaxed canonicalisation takes nothing from the body but empty lines at its end. */
  readonly isRelaxed: boolean;
}

/** White space at the end of a line, more than one space in a row, or a tab. */
const looseSpace = /[ \t][ \t\r]|\t/;

/**
 * Writes a MIME tree. Boundaries are derived from the message id, so a retry has the same ones, and
 * occur in no part: quoted-printable and base64 cannot hold `=_` (RFC 2045 §6.7), and where a 7bit
 * body holds what would be one, a number is added until none does.
 */
export function writeParts(root: MimePart, messageId: MessageId): WrittenParts {
  const stem = boundaryStem(root, messageId);
  const body: string[] = [];
  let boundaryCount = 0;
  // What the encoders write of a leaf is never loose (text-body.ts, quoted-printable.ts); fields in
  // the body hold names of files.
  let isRelaxed = true;
  const write = (part: MimePart): string => {
    if (part.kind === 'leaf') {
      for (const piece of part.body) body.push(piece);
      return part.fields;
    }
    boundaryCount += 1;
    const boundary = `=_${boundaryCount}_${stem}`;
    for (const child of part.parts) {
      body.push(`--${boundary}\r\n`);
      // The child's fields stand before its body, but a multipart's are known only once it is written.
      const at = body.push('') - 1;
      const fields = write(child);
      isRelaxed &&= !looseSpace.test(fields);
      body[at] = `${fields}\r\n`;
      body.push('\r\n');
    }
    body.push(`--${boundary}--\r\n`);
    return foldField(headerNames.contentType, [
      `multipart/${part.subtype};`,
      ...(part.subtype === 'related' ? ['type="text/html";'] : []),
      `boundary="${boundary}"`,
    ]);
  };
  const fields = write(root);
  if (!(body.at(-1) ?? '').endsWith('\r\n')) body.push('\r\n');
  return { fields, body, isRelaxed };
}

function boundaryStem(root: MimePart, messageId: MessageId): string {
  let stem: string = messageId;
  for (let count = 2; occursIn(root, stem); count += 1) stem = `${messageId}_${count}`;
  return stem;
}

function occursIn(part: MimePart, stem: string): boolean {
  if (part.kind === 'multipart') return part.parts.some((each) => occursIn(each, stem));
  // Of these a piece is a whole text.
  return part.encoding === '7bit' && part.body.some((piece) => piece.includes(stem));
}
