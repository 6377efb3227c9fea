import { toValueSync, type Liquid } from 'liquidjs';
import type { BodyText } from '../mail/body-text.ts';
import { engines, type Escaping } from './liquid-engine.ts';
import { flatFiller } from './flat-template.ts';
import { boundedEmitter, budgetedContext } from './fill-budget.ts';
import {
  lineOf,
  parseTemplate,
  reasonOf,
  type Parsed,
  type UsedVariable,
} from './parse-template.ts';

/** The values of a template's variables, by name. */
export type Variables = Readonly<Record<string, string>>;

/** A filled template, or why it cannot be filled: a sentence about it, which holds no value. */
export type Filled =
  { readonly ok: true; readonly text: BodyText } | { readonly ok: false; readonly problem: string };

/** A template that is ready to be filled. */
export interface Template {
  /** What it uses; each must be given, be it as an empty text. */
  readonly variables: readonly UsedVariable[];
  /**
   * Fills it: depends on nothing but template and values. A template of plain text and outputs gives
   * pieces (the same array each time) and values, any other a whole text. Line ends become LF.
   */
  fill(values: Variables): Filled;
}

/** A compiled template, or all that is wrong with its text: sentences, each with its line. */
export type Compiled =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Bounds on what is remembered: compiled templates, and characters of their texts. */
const keptMax = 2_000;
const keptLengthMax = 8 * 1024 * 1024;

const kept: Readonly<Record<Escaping, Map<string, Compiled>>> = {
  html: new Map(),
  none: new Map(),
};
let keptLength = 0;

/** Compiles a template (see docs/templates.md for the language); remembers those used last. */
export function compileTemplate(text: string, escaping: Escaping): Compiled {
  const known = kept[escaping].get(text);
  if (known !== undefined) return known;
  const compiled = compile(text, escaping);
  for (const each of Object.values(kept)) {
    // Seldom reached, and cheaper than to note each use.
    if (each.size < keptMax && keptLength + text.length <= keptLengthMax) continue;
    for (const old of each.keys()) keptLength -= old.length;
    each.clear();
  }
  kept[escaping].set(text, compiled);
  keptLength += text.length;
  return compiled;
}

function compile(text: string, escaping: Escaping): Compiled {
  const engine = engines[escaping];
  const parsed = parseTemplate(engine, text.replace(/\r\n?/g, '\n'));
  if (!parsed.ok) return parsed;
  const { variables } = parsed;
  const fillGiven = flatFiller(engine, parsed, escaping) ?? wholeFiller(engine, parsed);
  return {
    ok: true,
    template: {
      variables,
      fill(values) {
        const missing = variables.filter(({ name }) => !Object.hasOwn(values, name));
        if (missing.length > 0) return { ok: false, problem: missingText(missing) };
        try {
          return { ok: true, text: fillGiven(values) };
        } catch (error) {
          return { ok: false, problem: `line ${lineOf(error)}: ${reasonOf(error)}` };
        }
      },
    },
  };
}

function missingText(missing: readonly UsedVariable[]): string {
  const names = missing.map(({ name, line }) => `${printable(name)} (line ${line})`);
  return `uses ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} not in variables`;
}

/** A name comes from the template, where it may be any text in brackets. */
function printable(name: string): string {
  return /^[\w-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64));
}

/** Fills a template that has tags: what it gives may differ in every part. */
function wholeFiller(
  engine: Liquid,
  { templates, size }: Extract<Parsed, { ok: true }>,
): (values: Variables) => string {
  return (values) => {
    const emitter = boundedEmitter();
    const context = budgetedContext(engine, values, size);
    toValueSync(engine.renderer.renderTemplates([...templates], context, emitter));
    return emitter.buffer.replace(/\r\n?/g, '\n');
  };
}
