import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { relaxedBody } from '../../src/headers/canonicalise.ts';
import { createDkimSigner } from '../../src/headers/dkim-signer.ts';
import type { MaskedContent, MaskedMessage } from '../../src/headers/masked-message.ts';
import { encodeBody } from '../../src/headers/pieced-body.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { encodeTextBody, type EncodedBody } from '../../src/headers/text-body.ts';
import { wholeText, type BodyText, type PiecedText } from '../../src/mail/body-text.ts';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { mailbox } from './example-message.ts';
import { bodyLines, readMessage } from './read-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

const filler = 'What all these mails have in common, in lines of some length.\n'.repeat(6);

/** A text with these pieces and values, and enough in common to go in pieces. */
function pieced(pieces: readonly string[], ...values: readonly string[]): PiecedText {
  return { pieces: [filler + (pieces[0] ?? ''), ...pieces.slice(1)], values };
}

/** A text as it stands in the mail. */
function encoded(text: BodyText): EncodedBody {
  const { encoding, body } = encodeBody(text);
  return { encoding, body: body.join('') };
}

/** What follows the common lines, as it stands in the mail. */
function tailOf(text: PiecedText): string {
  const { encoding, body } = encoded(text);
  expect(encoding).toBe('quoted-printable');
  const common = filler.replaceAll('\n', '\r\n');
  expect(body.startsWith(common)).toBe(true);
  return body.slice(common.length);
}

/** Undoes quoted-printable, by other means than those that did it. */
function decoded(body: string): string {
  const octets = body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}

/** What a body may not hold, so that nothing on the way has a reason to change it. */
function lineProblems(body: string): readonly string[] {
  return body
    .split('\r\n')
    .flatMap((line) => [
      ...(line.length > 76 ? [`a line of ${line.length}`] : []),
      ...(/[^\x20-\x7e]/.test(line) ? ['an octet that is not printable ASCII'] : []),
      ...(/ $|\t/.test(line) ? ['white space at a line end, or a tab'] : []),
      ...(/ {2}/.test(line) ? ['two spaces in a row'] : []),
      ...(/^(?:\.|From )/.test(line) ? [`a line like ${line}`] : []),
    ]);
}

describe('pieces and values', () => {
  test.each<[string, readonly string[], readonly string[], string]>([
    ['within a line', ['Hello ', ', you.'], ['Bob'], 'Hello=20=\r\nBob=\r\n, you.'],
    ['at a line start', ['', ', you.'], ['Bob'], 'Bob=\r\n, you.'],
    ['at a line end', ['Hello ', '\nyou.'], ['Bob'], 'Hello=20=\r\nBob\r\nyou.'],
    ['that is empty', ['Hello ', '!\n'], [''], 'Hello=20=\r\n!\r\n'],
    ['that is empty, alone on its line', ['', '\nyou.'], [''], '\r\nyou.'],
    ['at the end', ['Hello ', ''], ['Bob'], 'Hello=20=\r\nBob'],
    ['that ends in a space, at the end', ['Hello ', ''], ['Bob '], 'Hello=20=\r\nBob=20'],
    ['beside another', ['', '', ''], ['Bob', 'Miller'], 'Bob=\r\nMiller'],
    ['of two lines', ['a ', ' z'], ['b\nc'], 'a=20=\r\nb\r\nc=\r\n z'],
    ['that ends a line', ['a ', ' z'], ['b\n'], 'a=20=\r\nb\r\n z'],
    ['that begins with a line end', ['a ', ' z'], ['\nb'], 'a=20\r\nb=\r\n z'],
    ['that looks like the end of a mail', ['a', 'z'], ['\n.\n'], 'a\r\n=2E\r\nz'],
    ['that looks like a mailbox file', ['', 'z'], ['From here'], '=46rom here=\r\nz'],
    ['that becomes such a line with what follows', ['', ' here'], ['From'], 'From=\r\n here'],
    ['that is a dot', ['a', 'z'], ['.'], 'a=\r\n=2E=\r\nz'],
    ['with =', ['a', 'z'], ['1=2'], 'a=\r\n1=3D2=\r\nz'],
    ['with a tab and spaces', ['a', 'z'], ['\t  '], 'a=\r\n=09 =20=\r\nz'],
    ['that is no ASCII', ['a', 'z'], ['é'], 'a=\r\n=C3=A9=\r\nz'],
  ])('a value %s', (_what, pieces, values, expected) => {
    const text = pieced(pieces, ...values);
    expect(tailOf(text)).toBe(expected);
    expect(decoded(encoded(text).body)).toBe(wholeText(text));
  });

  test('a long value is folded', () => {
    const tail = tailOf(pieced(['a', 'z'], 'x'.repeat(200)));
    expect(tail.split('\r\n').map((line) => line.length)).toEqual([2, 76, 76, 51, 1]);
  });

  test('where the pieces have little in common, or are not Latin, the text goes as a whole', () => {
    const short = { pieces: ['Hello ', '!'], values: ['Bob'] };
    expect(encoded(short)).toEqual({ encoding: '7bit', body: 'Hello Bob!' });
    const cyrillic = { pieces: ['Привет '.repeat(100), '!'], values: ['Bob'] };
    expect(encoded(cyrillic)).toEqual(encodeTextBody(wholeText(cyrillic)));
    expect(encoded(cyrillic).encoding).toBe('base64');
  });

  test.each(['Hello Bob!', filler, 'Grüße', 'Привет '.repeat(100)])(
    'a piece alone is encoded as the text it is: %j',
    (piece) => {
      const text = { pieces: [piece], values: [] };
      expect(encoded(text)).toEqual(encodeTextBody(piece));
      expect(encodeBody(text)).toBe(encodeBody({ ...text }));
    },
  );

  test('it does not matter whether the pieces were met before', () => {
    const text = pieced(['Hello ', '!'], 'Bob');
    const again = { ...text, values: ['Ann'] };
    encoded(text);
    expect(encoded(again)).toEqual(encoded(structuredClone(again)));
  });
});

const awkward = [
  ['', ' ', '  ', '\n', '\n\n', '\t', '.', '..', '\n.', '\n.\n', 'From ', 'From', ' x', '\nFrom '],
  ['=', '=\n', '=20', '=_1_', '--', 'é', '漢字', '😀', 'я'.repeat(30), 'x'.repeat(74)],
  ['x'.repeat(75), 'x'.repeat(76), 'x'.repeat(77), 'a b', 'word '.repeat(20), 'é'.repeat(13)],
  ['\u001b[31m', '<p>', '</p>\n', ' \n', '\n ', 'a ', ' z'],
].flat();

const part = fc
  .array(fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 8 })), {
    maxLength: 5,
  })
  .map((all) => all.join('').replace(/[\r\0]/g, ''));

/** Texts in pieces, mostly with much in common. */
const texts = fc
  .tuple(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 6 }), part, fc.nat(3))
  .map(([pairs, last, rare]) => {
    const pieces = [...pairs.map(([piece]) => piece), last];
    const common = rare === 0 ? '' : filler;
    return {
      pieces:
        rare === 1
          ? [...pieces.slice(0, -1), `${last}${common}`]
          : [common + pieces[0], ...pieces.slice(1)],
      values: pairs.map(([, value]) => value),
    };
  });

test('any pieces and values come back as their text, in lines that nothing has a reason to change', () => {
  const counts = { 'quoted-printable': 0, '7bit': 0, base64: 0 };
  fc.assert(
    fc.property(texts, (text) => {
      const { encoding, body } = encoded(text);
      counts[encoding] += 1;
      if (encoding !== 'quoted-printable') return;
      expect(decoded(body)).toBe(wholeText(text));
      expect(lineProblems(body)).toEqual([]);
      const bytes = Buffer.from(`${body}\r\n`);
      const canonical = relaxedBody(bytes);
      expect(bytes.subarray(0, canonical.length).equals(canonical)).toBe(true);
    }),
    propertyRuns(5000),
  );
  expect(counts['quoted-printable']).toBeGreaterThan(3000);
});

function messageWith(content: Pick<MaskedContent, 'text' | 'html'>): MaskedMessage {
  return {
    mode: 'on-behalf',
    messageId: messageIdFromKey('default', 'pieced'),
    messageIdHost: 'crm.example',
    dateMs: 1_800_000_000_000,
    sender: mailbox('mailer@crm.example', 'CRM'),
    content: {
      from: mailbox('jane@acme.example', 'Jane'),
      to: [mailbox('bob@dest.example', 'Bob')],
      cc: [],
      replyTo: [],
      subject: 'Hello',
      attachments: [],
      headers: [],
      metadata: {},
      ...content,
    },
  };
}

test('another program reads in pieces what it reads in one, and verifies the signature', async () => {
  const key = rsaKey();
  const signer = createDkimSigner({ domain: 'crm.example', selector: 's1', key });
  await fc.assert(
    fc.asyncProperty(texts, texts, async (text, html) => {
      const message = messageWith({ text, html });
      const parts = renderMessage(message);
      const field = await signer.sign(parts, message.dateMs);
      const bytes = assembleMessage(parts, [field]);
      const reading = await readMessage(bytes);
      expect(reading.text).toBe(bodyLines(wholeText(text)));
      expect(reading.html).toBe(bodyLines(wholeText(html)));
      const whole = messageWith({ text: wholeText(text), html: wholeText(html) });
      expect(reading).toEqual(await readMessage(assembleMessage(renderMessage(whole), [])));
      const verdict = await signatureResults(
        bytes,
        key,
        's1._domainkey.crm.example',
        new Date(message.dateMs + 1000),
      );
      expect(verdict).toEqual(['pass']);
    }),
    propertyRuns(200),
  );
});

test.each([
  ['a NUL in a piece', pieced(['\0', ''], 'x'), 'NUL'],
  ['a NUL in a value', pieced(['a', ''], '\0'), 'NUL'],
  ['half a pair in a value', pieced(['a', ''], '\ud83d'), 'surrogate'],
  ['a pair cut by a value', pieced(['\ud83d', '\ude00'], ''), 'surrogate'],
])('%s is refused', (_what, text, reason) => {
  for (let times = 0; times < 2; times += 1) {
    expect(() => renderMessage(messageWith({ text }))).toThrow(
      expect.objectContaining({
        code: 'RENDER_FAILED',
        problems: [{ field: 'text', message: expect.stringContaining(reason) }],
      }),
    );
  }
});

test('a template that nobody filled is refused', () => {
  const { content, ...message } = messageWith({ text: 'Hello {{ name }}' });
  expect(() =>
    renderMessage({ ...message, content: { ...content, template: true } } as MaskedMessage),
  ).toThrow(
    expect.objectContaining({
      code: 'RENDER_FAILED',
      problems: [{ field: 'template', message: 'was not filled' }],
    }),
  );
});
