import { decodeCharset } from './charset.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.ts';

// No part of it can match what the next one begins with: no backtracking.
const encodedWord = /=\?([^?\s]{1,40})\?([bq])\?([^?]{0,2000})\?=(?:\s{1,10}(?==\?))?/gi;

/** The value of a header field as people read it: encoded words (RFC 2047) and raw 8-bit text decoded. Never throws. */
export function decodeHeaderText(value: string): string {
  if (!value.includes('=?')) return decodeCharset(value, undefined);
  // Long texts are cut between bytes of one character, so neighbours of one charset are decoded together.
  let pending: { charset: string; bytes: string } | undefined;
  let out = '';
  let last = 0;
  const flush = () => {
    if (pending !== undefined) out += decodeCharset(pending.bytes, pending.charset);
    pending = undefined;
  };
  for (const match of value.matchAll(encodedWord)) {
    const [whole, charset = '', encoding = '', text = ''] = match;
    if (match.index > last) {
      flush();
      out += decodeCharset(value.slice(last, match.index), undefined);
    }
    last = match.index + whole.length;
    const name = charset.replace(/\*.*$/, '').toLowerCase();
    const bytes =
      encoding.toLowerCase() === 'b'
        ? decodeBase64(text)
        : decodeQuotedPrintable(text.replaceAll('_', ' '));
    if (pending !== undefined && pending.charset === name) pending.bytes += bytes;
    else {
      flush();
      pending = { charset: name, bytes };
    }
  }
  flush();
  return out + decodeCharset(value.slice(last), undefined);
}
