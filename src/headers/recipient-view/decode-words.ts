const encodedWord = /=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;

/**
 * The text that a reader sees for one with encoded-words (RFC 2047 §6). White space between two of
 * them is not shown. A word of an unknown charset stays as it is.
 */
export function decodeWords(text: string): string {
  const joined = text.replace(/(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1');
  return joined.replace(encodedWord, (word, charset: string, encoding: string, data: string) => {
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(data, 'base64') : quotedBytes(data);
    return decodedIn(charset, bytes) ?? word;
  });
}

function quotedBytes(data: string): Buffer {
  const text = data
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_match, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, 'latin1');
}

function decodedIn(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A RangeError: no such charset here. The reader's program may show it as it stands, too.
    return undefined;
  }
}
