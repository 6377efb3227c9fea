/** Reads a phrase: encoded-words (RFC 2047) or a quoted-string or atoms, as text. */
export function decodeWords(phrase: string): string {
  const trimmed = phrase.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(trimmed);
  if (quoted !== null) return (quoted[1] ?? '').replace(/\\(.)/g, '$1');
  const bytes = trimmed.split(/(?<=\?=)\s+(?==\?)/).map((word) => {
    const match = /^=\?utf-8\?([bq])\?(.*)\?=$/i.exec(word);
    if (match === null) return Buffer.from(word, 'latin1');
    const [, encoding, payload = ''] = match;
    return encoding?.toLowerCase() === 'b'
      ? Buffer.from(payload, 'base64')
      : Buffer.from(
          payload
            .replaceAll('_', ' ')
            .replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
              String.fromCharCode(parseInt(hex, 16)),
            ),
          'latin1',
        );
  });
  return Buffer.concat(bytes).toString('utf8');
}
