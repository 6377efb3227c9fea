import { Liquid } from 'liquidjs';
import { textOf } from './text-of.ts';

/** How the value of an output is written: with what HTML gives a meaning to replaced, or as it is. */
export type Escaping = 'html' | 'none';

/*
 * The Liquid language, cut down to what depends on nothing but the template and its variables: a retry
 * is the same mail, on whichever machine and day. So no dates (`now`, the time zone), nothing random,
 * nothing sorted by locale; and no tag reads a file. `capture` would be a way to double a text at no cost
 * that could be counted; `assign` with `append` does the same, and is counted.
 */
const allowedTags = 'assign for break continue if unless case comment raw #'.split(' ');
const allowedFilters = [
  'abs at_least at_most ceil divided_by floor minus modulo plus round times',
  'append capitalize default downcase lstrip prepend remove remove_first remove_last replace',
  'replace_first replace_last rstrip size slice split squish strip strip_newlines truncate',
  'truncatewords upcase url_encode',
  'compact first join last reverse uniq',
  'escape newline_to_br raw',
]
  .join(' ')
  .split(' ');

/** The units of `limit`s below: about one for each character that a filter reads or writes. */
const filteredCharactersMax = 200_000;

/** An engine that knows these tags and filters, and reports all that is wrong with a text at once. */
function createEngine(escaping: Escaping): Liquid {
  const engine = new Liquid({
    // Values are texts: an empty one counts as false.
    jsTruthy: true,
    strictFilters: true,
    strictVariables: true,
    ownPropertyOnly: true,
    catchAllErrors: true,
    memoryLimit: filteredCharactersMax,
    ...(escaping === 'html' ? { outputEscape: escapedText } : {}),
  });
  for (const name of Object.keys(engine.tags)) {
    if (!allowedTags.includes(name)) delete engine.tags[name];
  }
  for (const name of Object.keys(engine.filters)) {
    if (!allowedFilters.includes(name)) engine.unregisterFilter(name);
  }
  if (escaping === 'html') {
    // Else what they give would be escaped once more.
    engine.registerFilter('escape', { raw: true, handler: escapedText });
    engine.registerFilter('newline_to_br', {
      raw: true,
      handler: (value: unknown) => escapedText(value).replace(/\r\n?|\n/g, '<br />\n'),
    });
  }
  return engine;
}

/** The engines, one for each way of escaping. */
export const engines: Readonly<Record<Escaping, Liquid>> = {
  html: createEngine('html'),
  none: createEngine('none'),
};

function escapedText(value: unknown): string {
  return escapeHtml(textOf(value));
}

/** A text with what HTML gives a meaning to replaced. */
export function escapeHtml(text: string): string {
  return meaningful.test(text)
    ? text.replace(/[&<>"']/g, (character) => replacements[character] ?? character)
    : text;
}

const meaningful = /[&<>"']/;
const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
