import { parseSmtpReply, type SmtpReply } from '../mail/smtp-reply.ts';

/*
 * Reads the replies of a relay from its bytes, wherever they are cut (RFC 5321 §4.2). A relay that
 * does not keep to the form is not guessed at: which command a later reply would answer, nobody
 * could say. A line is three digits, then a space, a hyphen (more lines follow) or its end; all
 * lines of a reply begin with the same code; lines end with CRLF, and LF alone is taken as well,
 * as every client does. A reply, complete or not, has a greatest size.
 */

/** A reply as it came; most need only their code. */
export interface WireReply {
  /** 200 to 599. */
  readonly code: number;
  /** All lines, joined by line feeds. */
  readonly raw: string;
}

/** What {@link ReplyReader.push} found: the replies now complete, and what is wrong, if anything. */
export interface ReplyReading {
  readonly replies: readonly WireReply[];
  /** The bytes after those replies are no reply; nothing more can be read on this connection. */
  readonly error?: string;
}

/** Puts the bytes of one connection together to replies. */
export interface ReplyReader {
  push(bytes: Buffer): ReplyReading;
}

/** Greatest size of one reply, in bytes; RFC 5321 §4.5.3.1.5 asks for 512 a line. */
const replyBytesMax = 64 * 1024;

/** Makes a reader for one connection. */
export function createReplyReader(bytesMax: number = replyBytesMax): ReplyReader {
  /** What has come of a line that is not complete, one character a byte. */
  let rest = '';
  /** The complete lines of a reply that is not complete. */
  let lines = '';
  let broken: string | undefined;

  return {
    push(bytes) {
      const replies: WireReply[] = [];
      const fail = (error: string): ReplyReading => {
        broken = error;
        rest = '';
        lines = '';
        return { replies, error };
      };
      if (broken !== undefined) return fail(broken);
      const text = rest + bytes.toString('latin1');
      let at = 0;
      for (;;) {
        const lineFeed = text.indexOf('\n', at);
        const lineEnd = lineFeed < 0 ? text.length : lineFeed;
        if (lines.length + lineEnd - at > bytesMax) return fail('a reply that does not end');
        if (lineFeed < 0) break;
        const line = text.slice(at, text[lineFeed - 1] === '\r' ? lineFeed - 1 : lineFeed);
        at = lineFeed + 1;
        if (!isReplyLine(line)) return fail('something that is not an SMTP reply');
        if (lines !== '' && line.slice(0, 3) !== lines.slice(0, 3)) {
          return fail('a reply of several codes');
        }
        if (line[3] === '-') {
          lines += `${line}\n`;
          continue;
        }
        replies.push({ code: Number(line.slice(0, 3)), raw: lines + line });
        lines = '';
      }
      rest = text.slice(at);
      return { replies };
    },
  };
}

/** The reply in parts, safe to print. */
export function readWireReply(reply: WireReply): SmtpReply {
  // Reply text has no charset; what is no UTF-8 comes out as replacement characters.
  const text = Buffer.from(reply.raw, 'latin1').toString('utf8');
  return parseSmtpReply(text) ?? { code: reply.code, text: '' };
}

function isReplyLine(line: string): boolean {
  return /^[2-5][0-9][0-9](?:[ -]|$)/.test(line);
}
