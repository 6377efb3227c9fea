/** Base64 with junk in it, as far as it decodes, one character a byte. */
export function decodeBase64(text: string): string {
  // The decoder of the platform skips what is not Base64 and stops at the first padding.
  return Buffer.from(text, 'base64').toString('latin1');
}

/** Quoted-printable, one character a byte; what is no escape stays as it is. */
export function decodeQuotedPrintable(text: string): string {
  if (!text.includes('=')) return text;
  return text.replace(/=(?:([0-9A-Fa-f]{2})|[ \t]{0,20}(?:\n|$))/g, (_, hex?: string) =>
    hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A body by its Content-Transfer-Encoding, one character a byte. */
export function decodeTransfer(body: string, encoding: string | undefined): string {
  switch (encoding?.toLowerCase().trim() ?? '') {
    case 'base64':
      return looksLikeBase64(body) ? decodeBase64(body).replace(/\r\n?/g, '\n') : body;
    case 'quoted-printable':
      return decodeQuotedPrintable(body).replace(/\r\n?/g, '\n');
    default:
      return body;
  }
}

/** Whether a body that is said to be Base64 is: gateways label plain text so. */
function looksLikeBase64(body: string): boolean {
  const sample = body.slice(0, 400);
  const words = sample.split(/\s+/).filter((word) => word !== '');
  return words.length <= 2 + sample.length / 20;
}
