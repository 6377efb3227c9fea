import { expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { randomMessageId } from '../../src/mail/ids.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { checkSend } from '../../src/producer/check-send.ts';
import { addressOf } from '../queue/sample-send.ts';
import { codeOf } from '../../src/runtime/errors.ts';
import { seededRandom, type SeededRandom } from '../support/seed.ts';

const evil = [
  '\r\nBcc: eve@evil.example',
  '\nBcc: eve@evil.example\n',
  '\r\n\r\n<p>body</p>',
  '\r',
  '\n',
  '\r\n ',
  '\0',
  '\t',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u200b',
  '\ud83d',
  '=?utf-8?q?=0D=0ABcc:_eve?=',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<eve@evil.example>',
  ',',
  ';',
  ':',
  '(',
  '%0d%0aBcc: x',
  '--',
  "'; filename*=utf-8''x",
];
const harmless = ['Jane', ' ', 'Doe', 'é', '😀', '日本語', 'a'.repeat(90), '-', '.', '1', 'ß'];

function text(random: SeededRandom): string {
  const pieces = Array.from({ length: 1 + random.integer(4) }, () =>
    random.pick(random.next() < 0.12 ? evil : harmless),
  );
  return pieces.join('');
}

function input(random: SeededRandom) {
  const name = () => ({ name: text(random), address: 'someone@x.example' });
  const maybe = (chance: number, more: object): object => (random.next() < chance ? more : {});
  return {
    from: name(),
    to: random.next() < 0.5 ? [name(), name()] : `${text(random)} <bob@dest.example>`,
    subject: text(random),
    text: text(random),
    ...maybe(0.3, { cc: name() }),
    ...maybe(0.3, { replyTo: name() }),
    ...maybe(0.3, { html: text(random) }),
    ...maybe(0.3, { headers: { [`X-${random.pick(['A', 'Deal', text(random)])}`]: text(random) } }),
    ...maybe(0.4, {
      attachments: [
        {
          filename: text(random),
          content: text(random),
          ...maybe(0.4, { contentId: random.pick(['logo', 'logo@x', text(random)]) }),
          ...maybe(0.4, { contentType: random.pick(['text/plain', text(random)]) }),
        },
      ],
    }),
  };
}

/** The content of an input, or undefined where it was refused as a bad one. */
function contentOf(value: unknown): MessageContent | undefined {
  try {
    return checkSend(value, 1_000_000).content;
  } catch (error) {
    if (codeOf(error) === 'INVALID_INPUT') return undefined;
    throw error;
  }
}

function messageOf(content: MessageContent): string {
  const rendered = renderMessage({
    mode: 'on-behalf',
    messageId: randomMessageId(),
    messageIdHost: 'crm.example',
    dateMs: 1_800_000_000_000,
    content,
    sender: { name: 'Acme CRM', address: addressOf('mailer@crm.example') },
    reference: 'reference',
  });
  return assembleMessage(rendered, []).toString('latin1');
}

/** Names of the fields of a header block, in lower case; a line that is none is told as it is. */
function fieldNames(block: string): readonly string[] {
  return block
    .split('\r\n')
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => /^([!-9;-~]+):/.exec(line)?.[1]?.toLowerCase() ?? `no field: ${line}`);
}

function expectedNames(content: MessageContent): readonly string[] {
  const plain = content.attachments.length === 0 && content.html === undefined;
  return [
    'from',
    'sender',
    'to',
    'date',
    'message-id',
    'x-onbehalf-ref',
    'mime-version',
    'content-type',
    ...(content.subject === '' ? [] : ['subject']),
    ...(content.cc.length > 0 ? ['cc'] : []),
    ...(content.replyTo.length > 0 ? ['reply-to'] : []),
    ...content.headers.map(([name]) => name.toLowerCase()),
    ...(plain ? ['content-transfer-encoding'] : []),
  ];
}

const partFields = [
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
];

test('an input is refused, or its mail has exactly the header fields it should have', () => {
  const random = seededRandom();
  let rendered = 0;
  let refused = 0;
  for (let round = 0; round < 1_500; round += 1) {
    const value = input(random);
    const content = contentOf(value);
    if (content === undefined) {
      refused += 1;
      continue;
    }
    rendered += 1;
    const message = messageOf(content);
    const context = JSON.stringify(value);
    const head = message.slice(0, message.indexOf('\r\n\r\n'));
    const names = fieldNames(head);
    expect({ context, names: new Set(names), count: names.length }).toEqual({
      context,
      names: new Set(expectedNames(content)),
      count: expectedNames(content).length,
    });
    // Line ends come in pairs, and all else is printable ASCII.
    expect({ context, odd: /[^\r\n\t\x20-\x7e]|\r(?!\n)|(?<!\r)\n/.exec(message)?.[0] }).toEqual({
      context,
    });
    expect(head).not.toContain('eve@evil.example\r\n');
    for (const [, block] of message.matchAll(/\r\n--=_[^\r\n]+[^-\r\n]\r\n([^]*?)\r\n\r\n/g)) {
      const odd = fieldNames(block ?? '').filter((name) => !partFields.includes(name));
      expect({ context, odd }).toEqual({ context, odd: [] });
    }
  }
  // Both ways out must have been seen often.
  expect(rendered).toBeGreaterThan(150);
  expect(refused).toBeGreaterThan(150);
});
