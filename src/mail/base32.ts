const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Lower-case base32 without padding (RFC 4648 §6, folded): survives intermediaries that fold case,
 * and is allowed in local parts, host labels and Redis keys. 16 bytes give 26 characters.
 */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}

/**
 * The bytes of a text that {@link base32} made; other letters count as zero.
 *
 * @param count how many bytes it holds
 */
export function bytesOfBase32(text: string, count: number): Buffer {
  // From the pool, cleared by us: memory of its own would cost more than all that follows.
  const bytes = Buffer.allocUnsafe(count).fill(0);
  let bits = 0;
  let value = 0;
  let at = 0;
  // An index and a table, because this is done several times for each send.
  for (let index = 0; index < text.length && at < count; index += 1) {
    value = (value << 5) | (numbers[text.charCodeAt(index)] ?? 0);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = value >>> bits;
    at += 1;
    value &= (1 << bits) - 1;
  }
  return bytes;
}

/** The number of each letter, by its code. */
const numbers = new Uint8Array(128);
for (let number = 0; number < alphabet.length; number += 1) {
  numbers[alphabet.charCodeAt(number)] = number;
}
