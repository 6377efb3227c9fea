import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { wholeText } from '../../src/mail/body-text.ts';
import type { Filling } from '../../src/mail/filling.ts';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { escapeHtml } from '../../src/templates/liquid-engine.ts';
import { fillContent } from '../../src/worker/fill-content.ts';
import { mailbox } from '../headers/example-message.ts';
import { readMessage } from '../headers/read-message.ts';
import { propertyRuns } from '../support/property-runs.ts';

const plain: MessageContent = {
  from: mailbox('jane@acme.example', 'Jane'),
  to: [mailbox('bob@dest.example')],
  cc: [],
  replyTo: [],
  subject: '{{ x }}',
  text: '{{ x }}',
  attachments: [],
  headers: [],
  metadata: {},
};
const template: MessageContent = {
  ...plain,
  template: true,
  to: [],
  subject: 'For {{ name }}',
  text: 'Hello {{ name }}',
  html: '<p>{{ name }}</p>{% if name %}!{% endif %}',
};
const filling: Filling = {
  to: mailbox('eve@dest.example', 'Eve'),
  subject: 'For Eve & Bob',
  variables: { name: 'Eve & Bob' },
};

describe('what is rendered for a send', () => {
  test('is the content as it is, where that is no template', () => {
    expect(fillContent(plain, {})).toBe(plain);
  });

  test('is the template filled: recipient and subject of the job, bodies in pieces or whole', () => {
    const { text, html, ...rest } = fillContent(template, filling);
    const { template: _template, text: _text, html: _html, ...same } = template;
    expect(rest).toEqual({ ...same, to: [filling.to], subject: 'For Eve & Bob' });
    expect(text).toEqual({ pieces: ['Hello ', ''], values: ['Eve & Bob'] });
    expect(wholeText(html ?? '')).toBe('<p>Eve &amp; Bob</p>!');
  });

  test('is the same whether the template was met before or not, and keeps its pieces', () => {
    const first = fillContent(template, filling);
    const again = fillContent(template, filling);
    expect(fillContent(structuredClone(template), filling)).toEqual(first);
    const pieces = [first, again].map(({ text }) => (typeof text === 'object' ? text.pieces : []));
    expect(pieces[0]).toBe(pieces[1]);
  });

  test.each<[string, MessageContent, Partial<Filling>, string]>([
    ['a template without a filling', template, {}, 'variables'],
    ['a filling without a template', plain, filling, 'variables'],
    ['a variable that is missing', template, { ...filling, variables: {} }, 'text'],
    ['a template that cannot be read', { ...template, text: '{{' }, filling, 'text'],
    [
      'a template that takes too long',
      { ...template, html: '{% for i in (1..1000000000) %}{% endfor %}' },
      filling,
      'html',
    ],
  ])('%s cannot be rendered, each time', (_what, content, job, field) => {
    for (let times = 0; times < 2; times += 1) {
      expect(() => fillContent(content, job)).toThrow(
        expect.objectContaining({
          code: 'RENDER_FAILED',
          problems: [expect.objectContaining({ field })],
        }),
      );
    }
  });
});

const part = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\t',
      '.',
      'From ',
      'é',
      '漢',
      '😀',
      '\r\n',
      '&',
      '<b>',
      '=',
      'word '.repeat(30),
    ),
    { maxLength: 8 },
  )
  .map((all) => all.join(''));

test('any template with any values is read by another program as its text', async () => {
  const count = fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(count, part, fc.boolean(), async (pairs, last, hasTags) => {
      const values = pairs.map(([, value], index) => [`v${index}`, value] as const);
      const text =
        pairs.map(([piece], index) => `${piece}{{ v${index} }}`).join('') +
        `${last}${'what they have in common\n'.repeat(20)}${hasTags ? '{% if v0 %}{% endif %}' : ''}`;
      const filledWith = (escape: (value: string) => string): string =>
        values
          .reduce((all, [name, value]) => all.replace(`{{ ${name} }}`, () => escape(value)), text)
          .replace('{% if v0 %}{% endif %}', '');
      const content: MessageContent = { ...template, text, html: text };
      const variables = Object.fromEntries(values);
      const message: MaskedMessage = {
        mode: 'aligned',
        messageId: messageIdFromKey('default', 'k'),
        messageIdHost: 'acme.example',
        dateMs: 1_800_000_000_000,
        content: fillContent(content, { ...filling, variables }),
      };
      const reading = await readMessage(assembleMessage(renderMessage(message), []));
      // Each line end of a piece or a value is one: a CR and an LF of two of them are no pair.
      const lines = (whole: string): string => whole.replace(/\r\n/g, '\n').replace(/\n+$/, '');
      expect(reading.text).toBe(lines(filledWith((value) => value)));
      expect(reading.html).toBe(lines(filledWith(escapeHtml)));
      expect(reading.subject).toBe(filling.subject);
    }),
    propertyRuns(200),
  );
});
