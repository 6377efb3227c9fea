import { isAscii } from 'node:buffer';

/** What the bytes of a message ask of the way they are sent. */
export interface MessageBytes {
  /** Where a carriage return or line feed stands alone, or a NUL: bytes that must never be sent. */
  readonly fault?: string;
  /** Holds bytes above 127: needs 8BITMIME (RFC 6152). */
  readonly eightBit: boolean;
  /** Holds such bytes in its header: needs SMTPUTF8 (RFC 6531). */
  readonly eightBitHeader: boolean;
}

/**
 * Looks a message over before it is sent. A CR or LF alone is where servers disagree about the end
 * of a line, and so of the message: what follows could be read as commands.
 */
export function inspectMessage(message: Buffer): MessageBytes {
  const eightBit = !isAscii(message);
  const fault = faultOf(message);
  const headerEnd = eightBit ? message.indexOf('\r\n\r\n') : 0;
  const header = headerEnd < 0 ? message : message.subarray(0, headerEnd);
  const needs = { eightBit, eightBitHeader: eightBit && !isAscii(header) };
  return fault === undefined ? needs : { ...needs, fault };
}

/**
 * The same of a message that we rendered. Its body comes from an encoder of ours, each of whose lines ends
 * in CRLF and which writes neither NUL nor bytes above 127 (tests hold it to that), so only the header
 * block, where texts stand that were given to us, is searched.
 *
 * @param bodyAt where the body begins
 */
export function inspectRendered(message: Buffer, bodyAt: number): MessageBytes {
  return inspectMessage(message.subarray(0, bodyAt));
}

function faultOf(message: Buffer): string | undefined {
  const nul = message.indexOf(0);
  if (nul >= 0) return `a NUL at byte ${nul}`;
  // Searching a string costs half of searching a buffer, and much less than a look at each byte.
  const text = message.toString('latin1');
  let at = 0;
  for (;;) {
    const lineFeed = text.indexOf('\n', at);
    const carriageReturn = text.indexOf('\r', at);
    if (lineFeed < 0 && carriageReturn < 0) return undefined;
    if (lineFeed !== carriageReturn + 1 || carriageReturn < 0) {
      const alone =
        carriageReturn < 0 || (lineFeed >= 0 && lineFeed < carriageReturn)
          ? { name: 'line feed', at: lineFeed }
          : { name: 'carriage return', at: carriageReturn };
      return `a ${alone.name} alone at byte ${alone.at}`;
    }
    at = lineFeed + 1;
  }
}

/**
 * Doubles the dots at line starts (RFC 5321 §4.5.2); most messages have none and come back as they
 * are.
 */
export function dotStuffed(message: Buffer): Buffer {
  const firstByteIsDot = message[0] === dot;
  if (!firstByteIsDot && !message.includes('\r\n.')) return message;
  const pieces: Buffer[] = firstByteIsDot ? [oneDot] : [];
  let from = 0;
  for (;;) {
    const found = message.indexOf('\r\n.', from);
    if (found < 0) break;
    pieces.push(message.subarray(from, found + 3), oneDot);
    from = found + 3;
  }
  pieces.push(message.subarray(from));
  return Buffer.concat(pieces);
}

/**
 * What ends a message on the wire: the dot on its own line, with the line end before it where the
 * message has none of its own.
 */
export function endOfMessage(message: Buffer): string {
  const { length } = message;
  const endsLine = length === 0 || (message[length - 2] === 13 && message[length - 1] === 10);
  return endsLine ? '.\r\n' : '\r\n.\r\n';
}

const dot = 0x2e;
const oneDot = Buffer.from('.');
