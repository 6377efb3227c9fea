/** Octets in one line of 76 characters (RFC 2045 §6.8). */
const lineOctets = 57;
const lineMax = 76;

/** Encodes bytes as base64 in CRLF lines of 76 characters, without a CRLF after the last. */
export function encodeBase64Body(content: Uint8Array): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString(
    'base64',
  );
  if (content.length <= lineOctets) return text;
  const lines: string[] = [];
  for (let start = 0; start < text.length; start += lineMax) {
    lines.push(text.slice(start, start + lineMax));
  }
  return lines.join('\r\n');
}
