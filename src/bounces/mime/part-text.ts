import { decodeCharset } from './charset.ts';
import { firstField } from './header-fields.ts';
import type { MimePart } from './mime-parts.ts';
import { textOfHtml } from './html-text.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** As much of a body as a notice ever needs to say what happened. */
const bodyMax = 262_144;

/** The text of a leaf as people read it: transfer encoding, charset and HTML undone. At most 256 kB of it is looked at. */
export function partText(part: MimePart): string {
  const encoding = firstField(part.fields, 'content-transfer-encoding');
  const decoded = decodeCharset(
    decodeTransfer(part.body.slice(0, bodyMax), encoding),
    part.contentType.charset,
  );
  return part.contentType.type === 'text/html' ? textOfHtml(decoded) : decoded;
}
