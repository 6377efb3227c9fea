/*
 * Charsets as they are named and misnamed. The decoders are those of the platform; a name it does not
 * know, or bytes that are not what the name says, fall back to something that loses little.
 */

const decoders = new Map<string, InstanceType<typeof TextDecoder> | undefined>();

/** Text of one character a byte, decoded. Never throws; what cannot be decoded stays readable where it is ASCII. */
export function decodeCharset(latin1: string, charset: string | undefined): string {
  // Japanese mail is 7-bit and often not labelled.
  if (latin1.includes('\x1b$')) return decodeAs('iso-2022-jp', latin1) ?? latin1;
  if (!/[\x80-\xff]/.test(latin1))
    return /^utf-?16/i.test(charset ?? '') ? withoutNul(latin1) : latin1;
  const named = platformName(charset?.toLowerCase().trim() ?? '');
  if (named !== '' && !plain.test(named)) {
    const decoded = decodeAs(named, latin1);
    if (decoded !== undefined) return decoded;
  }
  return strictUtf8(latin1) ?? decodeAs('windows-1252', latin1) ?? latin1;
}

// Names that say nothing of 8-bit text.
const plain = /^(?:us-?ascii|ascii|utf-?8|x?-?unknown.*|default|7bit|8bit|binary|unknown-8bit)$/;

/** Names of mail programs, as the platform calls them. */
function platformName(name: string): string {
  const bare = name.replace(/^(?:x-ms-|x-mac-|x-|cs)/, '').replace(/[\s._-]+/g, '');
  return aliases.get(bare) ?? name;
}

const aliases = new Map([
  ...['shiftjis', 'cp932', 'ms932', 'windows31j', 'mskanji'].map(
    (name) => [name, 'shift_jis'] as const,
  ),
  ...['eucjp', 'cp51932'].map((name) => [name, 'euc-jp'] as const),
  ...['iso2022jp1', 'iso2022jp2', 'cp50220', 'cp50221', 'cp50222', 'jis'].map(
    (name) => [name, 'iso-2022-jp'] as const,
  ),
  ...['euckr', 'uhc', 'cp949'].map((name) => [name, 'euc-kr'] as const),
  ...['cp936', 'euccn', 'hzgb2312'].map((name) => [name, 'gbk'] as const),
  ['cp950', 'big5'],
  ['tis620', 'windows-874'],
]);

const bytesOf = (latin1: string) => Buffer.from(latin1, 'latin1');

function decodeAs(charset: string, latin1: string): string | undefined {
  let decoder = decoders.get(charset);
  if (decoder === undefined) {
    if (decoders.has(charset)) return undefined;
    try {
      decoder = new TextDecoder(charset);
    } catch {
      decoder = undefined;
    }
    // Names come from strangers: no more than a few are remembered.
    if (decoders.size < 100) decoders.set(charset, decoder);
    if (decoder === undefined) return undefined;
  }
  return decoder.decode(bytesOf(latin1));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function strictUtf8(latin1: string): string | undefined {
  try {
    return utf8.decode(bytesOf(latin1));
  } catch {
    return undefined;
  }
}

const withoutNul = (text: string) => text.replaceAll('\0', '');
