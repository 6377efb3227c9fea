import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { filters } from 'liquidjs';
import { wholeText } from '../../src/mail/body-text.ts';
import { compileTemplate, type Variables } from '../../src/templates/compile-template.ts';
import type { Escaping } from '../../src/templates/liquid-engine.ts';
import { propertyRuns } from '../support/property-runs.ts';

function filled(text: string, values: Variables = {}, escaping: Escaping = 'none'): string {
  const compiled = compileTemplate(text, escaping);
  if (!compiled.ok) throw new Error(compiled.problems.join('; '));
  const result = compiled.template.fill(values);
  if (!result.ok) throw new Error(result.problem);
  return wholeText(result.text);
}

function problems(text: string, values: Variables = {}): readonly string[] {
  const compiled = compileTemplate(text, 'none');
  if (!compiled.ok) return compiled.problems;
  const result = compiled.template.fill(values);
  return result.ok ? [] : [result.problem];
}

function isFlat(text: string): boolean {
  const compiled = compileTemplate(text, 'html');
  const result = compiled.ok ? compiled.template.fill({ a: '1' }) : undefined;
  return result?.ok === true && typeof result.text !== 'string';
}

describe('filling', () => {
  test.each<[string, Variables, string]>([
    ['Hello {{ name }}!', { name: 'Bob' }, 'Hello Bob!'],
    ['{{a}}{{ a }}{{- a -}} x', { a: '1' }, '111x'],
    ['{{ name | upcase }} {{ name | truncate: 2, "" }}', { name: 'bob' }, 'BOB bo'],
    ['{{ name | default: "friend" }}', { name: '' }, 'friend'],
    ['{% if name %}Dear {{ name }}{% else %}Hello{% endif %}', { name: '' }, 'Hello'],
    ['{% if name %}Dear {{ name }}{% else %}Hello{% endif %}', { name: 'Bob' }, 'Dear Bob'],
    [
      '{% assign all = list | split: "," %}{% for each in all %}- {{ each }}\n{% endfor %}',
      { list: 'a,b' },
      '- a\n- b\n',
    ],
    ['{{ count | plus: 1 }}', { count: '2' }, '3'],
    ['{{ true }} {{ "quoted" }} {{ name.size }}', { name: 'Bob' }, 'true quoted 3'],
    ['{% raw %}{{ a }}{% endraw %}', {}, '{{ a }}'],
    ['no variables', {}, 'no variables'],
    ['', {}, ''],
  ])('%j with %j gives %j', (text, values, result) => {
    expect(filled(text, values)).toBe(result);
  });

  test('line ends of template and values become LF, each one', () => {
    expect(filled('a\r\n{{ x }}\r', { x: '\n\r\n\r' })).toBe('a\n\n\n\n\n');
    expect(filled('{% if x %}\r\n{{ x }}{% endif %}', { x: '\r' })).toBe('\n\n');
  });

  test('the same pieces each time, so that what is known of them can be kept', () => {
    const text = 'Hello {{ name }}, {{ name | upcase }}.';
    const compiled = [compileTemplate(text, 'none'), compileTemplate(text, 'none')];
    const [one, two] = compiled.map((each, index) =>
      each.ok ? each.template.fill({ name: `n${index}` }) : undefined,
    );
    expect(one).toEqual({
      ok: true,
      text: { pieces: ['Hello ', ', ', '.'], values: ['n0', 'N0'] },
    });
    const piecesOf = (each: typeof one) =>
      each?.ok === true && typeof each.text === 'object' ? each.text.pieces : undefined;
    expect(piecesOf(two)).toBe(piecesOf(one));
  });

  test.each([
    ['{{ a }}', true],
    ['x {{ a | upcase | append: "y" }}', true],
    ['x', true],
    ['{{ a }}{% if a %}{% endif %}', false],
    ['{{ a }}{% comment %}{% endcomment %}', false],
  ])('%j is flat: %j', (text, expected) => {
    expect(isFlat(text)).toBe(expected);
  });
});

describe('escaping', () => {
  const a = `<b>&"'x`;

  test.each([
    ['{{ a }}', '&lt;b&gt;&amp;&#34;&#39;x'],
    ['{{ a | raw }}', a],
    ['{{ a | upcase }}', '&lt;B&gt;&amp;&#34;&#39;X'],
    ['{{ a | upcase | raw }}', a.toUpperCase()],
    ['{{ a | escape }}', '&lt;b&gt;&amp;&#34;&#39;x'],
    ['{{ a | append: "\n" | newline_to_br }}', '&lt;b&gt;&amp;&#34;&#39;x<br />\n'],
    ['<i>{% if a %}{{ a }}{% endif %}</i>', '<i>&lt;b&gt;&amp;&#34;&#39;x</i>'],
  ])('in HTML %j gives %j', (text, expected) => {
    expect(filled(text, { a }, 'html')).toBe(expected);
  });

  test('elsewhere nothing is escaped', () => {
    expect(filled('{{ a }}{% if a %}{{ a }}{% endif %}', { a })).toBe(a + a);
  });

  test('a bare name is written as the engine would write it', () => {
    const escape = filters['escape'] as (this: unknown, value: string) => string;
    const context = { context: { memoryLimit: { use: () => undefined } } };
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = text.replace(/\r\n?/g, '\n');
        expect(filled('{{ a }}', { a: text }, 'html')).toBe(escape.call(context, value));
      }),
      propertyRuns(500),
    );
  });

  test('a value is never read as a template', () => {
    expect(filled('{{ a }}', { a: '{{ b }}{% if %}' })).toBe('{{ b }}{% if %}');
    expect(filled('{% if a %}{{ a }}{% endif %}', { a: '{{ b }}' })).toBe('{{ b }}');
  });
});

describe('what is wrong with a text is told, all at once and with its line', () => {
  test.each<[string, readonly unknown[]]>([
    ['Hello {{ name', [expect.stringMatching(/^line 1: output .* not closed$/)]],
    [
      'a\n{{ x | foo }}\n{% bar %}\n{{ z | baz }}',
      [
        'line 2: there is no filter "foo"',
        'line 3: there is no tag "bar"',
        'line 4: there is no filter "baz"',
      ],
    ],
    ['{% if %}x{% else %}y{% endif %}', ['line 1: invalid value expression: ""']],
    ['{% if a %}', ['line 1: tag {% if a %} not closed']],
    ['\n{% for x of y %}{% endfor %}', [expect.stringMatching(/^line 2: illegal tag/)]],
    ['{{ }}', ['line 1: invalid value expression: ""']],
    // Files, other templates, the clock, chance: none of them.
    ['{% include "/etc/passwd" %}', ['line 1: there is no tag "include"']],
    ['{% render "x" %}', ['line 1: there is no tag "render"']],
    ['{% layout "x" %}', ['line 1: there is no tag "layout"']],
    ['{{ "now" | date: "%s" }}', ['line 1: there is no filter "date"']],
    ['{{ "a,b" | split: "," | sample }}', ['line 1: there is no filter "sample"']],
  ])('%j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test('variables that are not given, with where they stand first; what the template sets is its own', () => {
    const text =
      'a {{ one }}\n{% if two %}{{ one }}{% endif %}{% assign own = three | split: " " %}' +
      '{% for each in own %}{{ each }}{{ forloop.index }}{% endfor %}{{ ["odd one"] }}';
    expect(problems(text, { two: '' })).toEqual([
      'uses one (line 1), three (line 2), "odd one" (line 2), which are not in variables',
    ]);
    expect(problems('{{ one }}')).toEqual(['uses one (line 1), which is not in variables']);
    // Not what objects have by nature.
    expect(problems('{{ constructor }}')).toHaveLength(1);
    expect(problems('{{ a.constructor }}', { a: '' })).toEqual([
      'line 1: undefined variable: a.constructor',
    ]);
  });

  test('no problem repeats a value', () => {
    expect(problems('{{ a.b | times: 2 }}', { a: 'secret' }).join()).not.toContain('secret');
  });
});

describe('a template that would hang whoever fills it', () => {
  const x = 'x'.repeat(1000);
  const nested = (body: string): string =>
    `{% assign l = x | split: "" %}{% for i in l %}{% for j in l %}{% for k in l %}${body}{% endfor %}{% endfor %}{% endfor %}`;
  const steps = /takes too many steps to fill/;
  const memory = /takes too much memory to fill/;

  test.each<[string, string, RegExp]>([
    ['counts far', '{% for i in (1..1000000000) %}{% endfor %}', memory],
    [
      'counts in loops in loops',
      '{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
      steps,
    ],
    ['loops over nothing in it', nested(''), steps],
    ['loops over text', nested('a'), steps],
    [
      'loops over long tags',
      nested(`{% if ${'x contains "y" or '.repeat(45)}x %}{% endif %}`),
      steps,
    ],
    [
      'doubles a text',
      `{% assign a = x %}${'{% assign a = a | append: a %}'.repeat(60)}{{ a }}`,
      memory,
    ],
    ['multiplies a text', '{{ x | replace: "x", x | replace: "x", x }}', memory],
    [
      'repeats a text',
      `{% for i in (1..50) %}${'text '.repeat(20_000)}{% endfor %}`,
      /gives more than 1000000 characters/,
    ],
    ['has too many tags', '{{ x }}'.repeat(2001), /at most 2000/],
    ['has a tag that is too long', `{{ ${'x.'.repeat(500)}x }}`, /over 1000 characters/],
    ['is too long', 'x'.repeat(262_145), /at most 262144/],
    ['is nested too deeply', '{% if x %}'.repeat(1000), /nested more than 50 deep/],
    ['opens and never closes', '{{'.repeat(100_000), /not closed/],
    ['opens a raw part again and again', '{% raw %}'.repeat(20_000), /not closed/],
  ])('that %s is refused', (_what, text, reason) => {
    expect(problems(text, { x })).toEqual([expect.stringMatching(reason)]);
  });

  test('what a mail needs is within the bounds', () => {
    const rows = Array.from({ length: 60 }, (_each, i) => `article ${i};${i}`).join('|');
    const text =
      '{% assign rows = list | split: "|" %}{% for row in rows %}{% assign cells = row | split: ";" %}' +
      '<tr><td>{{ cells[0] }}</td><td>{{ cells[1] | times: 2 }}</td></tr>\n{% endfor %}' +
      '<p>much text</p>'.repeat(10_000);
    expect(filled(text, { list: rows }, 'html')).toContain('<td>article 59</td><td>118</td>');
    expect(filled('{{ x }}'.repeat(2000), { x })).toHaveLength(2_000_000);
  });
});

test('many templates do not pile up: what was forgotten is compiled again', () => {
  const first = compileTemplate('number 0 {{ a }}', 'none');
  expect(compileTemplate('number 0 {{ a }}', 'none')).toBe(first);
  for (let i = 1; i <= 2000; i += 1) compileTemplate(`number ${i} {{ a }}`, 'none');
  expect(compileTemplate('number 0 {{ a }}', 'none')).not.toBe(first);
  expect(filled('number 0 {{ a }}', { a: 'x' })).toBe('number 0 x');
  // Nor do long ones.
  const second = compileTemplate('number 0 {{ a }}', 'none');
  const long = 'x'.repeat(250_000);
  for (let i = 0; i < 34; i += 1) compileTemplate(`${long}${i}`, 'none');
  expect(compileTemplate('number 0 {{ a }}', 'none')).not.toBe(second);
});
