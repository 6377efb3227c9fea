/** What a relay offered in its reply to EHLO, as far as we use it. */
export interface RelayOffers {
  /** Several commands in one write (RFC 2920). */
  readonly pipelining: boolean;
  /** Takes the size with MAIL (RFC 1870). */
  readonly size: boolean;
  /** Greatest message it takes, in bytes; absent where it names none. */
  readonly sizeBytesMax?: number;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  /** Takes what we want to be told about delivery (RFC 3461). */
  readonly dsn: boolean;
}

/**
 * Reads the reply to EHLO, codes and all. The first line is a greeting, whatever words it holds;
 * the reply to a HELO has no other, so it offers nothing.
 */
export function readRelayOffers(reply: string): RelayOffers {
  const lines = reply.split(/\r?\n/).slice(1);
  const offered = new Map<string, string>();
  for (const line of lines) {
    const [, keyword, parameters] =
      /^250[ -]([A-Za-z0-9-]+)(?:[ =]+(.*))?$/.exec(line.trim()) ?? [];
    if (keyword !== undefined) offered.set(keyword.toUpperCase(), parameters ?? '');
  }
  const size = offered.get('SIZE');
  // 0 means that there is no fixed limit (RFC 1870 §3).
  const sizeBytesMax = size !== undefined && /^\d{1,15}$/.test(size.trim()) ? Number(size) : 0;
  return {
    pipelining: offered.has('PIPELINING'),
    size: size !== undefined,
    ...(sizeBytesMax === 0 ? {} : { sizeBytesMax }),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    dsn: offered.has('DSN'),
  };
}
