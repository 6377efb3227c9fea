import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import type { Mailbox } from '../../src/mail/address.ts';
import type { Attachment } from '../../src/mail/message-content.ts';
import type { SeededRandom } from '../support/seed.ts';
import { example, file, mailbox } from './example-message.ts';

/** Pieces that headers may hold and that writers and readers of mail get wrong. */
const awkward = [
  ['a', 'Bc', ' ', '  ', '"', '\\', '\\"', ',', ';', ':', '<', '>', '(', ')', '@', '[', ']', '.'],
  ['=?', '?=', '=?UTF-8?Q?x?=', '=?UTF-8?B?eA==?=', '=', '_', '?', '%0D%0A', '=0D=0A', '&#10;'],
  ['é', 'ß', 'я', '漢字', '😀', '👩‍👩‍👧', 'می‌خواهم', '\u0301', '\u00a0', '\u3000', 'ﬁ'],
  ['Bcc: x@evil.example', 'x@evil.example', '<x@evil.example>', "utf-8''", '*0*=', '--', 'From '],
  ['x'.repeat(80), 'é'.repeat(40), 'word '.repeat(30)],
].flat();

/** Pieces that must never get into a header. */
const forbidden = [
  ['\r\n', '\r', '\n', '\r\nBcc: x@evil.example', '\n\nbody', '\0', '\t', '\u001b[31m', '\u007f'],
  ['\u0085', '\u2028', '\u2029', '\u202e', '\u2066', '\u200b', '\ufeff', '\u{e0041}', '\ud800'],
].flat();

const bodyPieces = [
  ['a', ' ', '  ', '\t', '\n', '\r\n', '\r', '.', '\n.\n', '\r\n.\r\n', 'From ', '\nFrom '],
  ['=', '=3D', '=\r\n', '--', '\n--=_1_', 'é', 'я', '漢字', '😀', '<p>', '&', '\u00a0', '\u2028'],
  ['\u0001', '\u007f', '\u0085', 'x'.repeat(77), 'y'.repeat(1200), 'Привет мир '],
].flat();

/**
 * A message made of such pieces.
 *
 * @param isDirty whether pieces that must be refused are among them
 */
export function hostileMessage(random: SeededRandom, isDirty: boolean): MaskedMessage {
  const join = (pieces: readonly string[], most: number): string => {
    let text = '';
    for (let count = random.integer(most); count > 0; count -= 1) text += random.pick(pieces);
    return text;
  };
  const text = (most: number): string => {
    const clean = join(awkward, most);
    if (!isDirty || random.integer(8) > 0) return clean;
    const at = random.integer(clean.length + 1);
    return clean.slice(0, at) + random.pick(forbidden) + clean.slice(at);
  };
  // Parsers trim names, which is their right; what is inside must come back.
  const name = (): string => text(12).trim();
  const locals = ['jane', 'a.b+c', "o'hara", 'x=y', '{z}', '-', '#!$%&*/?^_`|~'];
  const person = () =>
    mailbox(`${random.pick(locals)}@${random.pick(['d', 'xn--bcher-kva'])}.example`, name());
  // A sender's name may hold no address but her own.
  const sender = (): Mailbox => {
    const { name: given = '', address } = person();
    return { name: given.replaceAll('@', ''), address };
  };
  const people = (most: number) => Array.from({ length: random.integer(most) }, person);
  const attachment = (): Attachment =>
    file(`${Array.from(text(8).replace(/[/\\]/g, '').trim()).slice(0, 100).join('')}x.bin`, {
      disposition: random.pick(['attachment', 'inline']),
      content: Buffer.from(join(bodyPieces, 10)),
      ...(random.integer(2) === 0 ? {} : { contentId: `id${random.integer(1000)}@crm.example` }),
    });
  const custom = (): [string, string] => [
    random.pick(['X-A', 'x-b', 'X-Long-Name-Of-A-Field']),
    text(6).replace(/[^\x20-\x7e\r\n]|\?/g, ''),
  ];
  return example(
    {
      from: sender(),
      to: people(6),
      cc: people(3),
      replyTo: people(2),
      subject: text(15),
      text: join(bodyPieces, 25),
      ...(random.integer(2) === 0 ? {} : { html: join(bodyPieces, 25) }),
      attachments: Array.from({ length: random.integer(3) }, attachment),
      headers: Array.from({ length: random.integer(3) }, custom),
    },
    { dateMs: random.integer(2 ** 31) * 1000 + random.integer(1000) },
  );
}
