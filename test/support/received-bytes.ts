/** Where the text of the body ends and what follows it begins; undefined while the dot is not there. */
export function bodyEnd(
  bytes: Buffer,
): { readonly text: number; readonly rest: number } | undefined {
  if (bytes.subarray(0, 3).toString('latin1') === '.\r\n') return { text: 0, rest: 3 };
  const dot = bytes.indexOf('\r\n.\r\n');
  return dot < 0 ? undefined : { text: dot + 2, rest: dot + 5 };
}

/** A message without the dots that were added for the wire. */
export function unstuffed(body: Buffer): Buffer {
  return Buffer.from(body.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1');
}

/** Value of its Message-ID header, angle brackets included; empty if there is none. */
export function messageIdOf(message: Buffer): string {
  const headerEnd = message.indexOf('\r\n\r\n');
  const header = message.subarray(0, headerEnd < 0 ? message.length : headerEnd).toString('latin1');
  return /^message-id:\s*(<[^>]*>)/im.exec(header)?.[1] ?? '';
}
