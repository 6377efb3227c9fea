import {
  Tokenizer,
  TokenKind,
  Parser,
  type Liquid,
  type Template,
  type TopLevelToken,
} from 'liquidjs';
import { messageOf } from '../runtime/errors.ts';
import type { TemplateSize } from './fill-budget.ts';

/** A name that a template uses and does not set itself. */
export interface UsedVariable {
  readonly name: string;
  /** Where it stands first, from 1. */
  readonly line: number;
}

/** A template as the engine reads it, or all that is wrong with its text. */
export type Parsed =
  | {
      readonly ok: true;
      readonly templates: readonly Template[];
      readonly size: TemplateSize;
      readonly variables: readonly UsedVariable[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Most characters of a template, so that reading one takes no longer than some milliseconds. */
const templateLengthMax = 262_144;
const tagsMax = 2_000;
const tagLengthMax = 1_000;
/** Deeper ones would reach the end of the stack, sooner here than there. */
const depthMax = 50;

/** Parses a template; each problem is a sentence about it, with its line. */
export function parseTemplate(engine: Liquid, text: string): Parsed {
  if (text.length > templateLengthMax) {
    const length = `has ${text.length} characters, a template may have at most ${templateLengthMax}`;
    return { ok: false, problems: [length] };
  }
  try {
    const tokens = new Tokenizer(text).readTopLevelTokens(engine.options);
    const tags = tokens.filter(({ kind }) => kind !== TokenKind.HTML);
    const problems = boundProblems(tags);
    if (problems.length > 0) return { ok: false, problems };
    const size = {
      tokens: tokens.length,
      longestTag: tags.reduce((longest, tag) => Math.max(longest, lengthOf(tag)), 0),
    };
    const templates = new Parser(engine).parseTokens(tokens);
    const globals = Object.entries(engine.analyzeSync(templates, { partials: false }).globals);
    const variables = globals.map(([name, [first]]) => ({ name, line: first?.location.row ?? 1 }));
    return { ok: true, templates, size, variables };
  } catch (error) {
    return { ok: false, problems: problemsOf(error) };
  }
}

function boundProblems(tags: readonly TopLevelToken[]): readonly string[] {
  if (tags.length > tagsMax) {
    return [`has ${tags.length} outputs and tags, a template may have at most ${tagsMax}`];
  }
  const problems: string[] = [];
  let depth = 0;
  for (const tag of tags) {
    if (lengthOf(tag) > tagLengthMax) {
      problems.push(`line ${rowOf(tag)}: an output or tag of over ${tagLengthMax} characters`);
    }
    const name = 'name' in tag ? String(tag.name) : '';
    if (/^(?:if|unless|case|for)$/.test(name)) depth += 1;
    if (/^end(?:if|unless|case|for)$/.test(name)) depth -= 1;
    if (depth > depthMax) {
      problems.push(`line ${rowOf(tag)}: tags are nested more than ${depthMax} deep`);
      break;
    }
  }
  return problems;
}

function lengthOf({ begin, end }: TopLevelToken): number {
  return end - begin;
}

function rowOf(token: unknown): number {
  const place = token as { readonly getPosition?: () => readonly number[] } | undefined;
  return place?.getPosition?.()[0] ?? 1;
}

/** The line of the template that an error of the engine is about, from 1. */
export function lineOf(error: unknown): number {
  return rowOf((error as EngineError).token);
}

interface EngineError {
  readonly errors?: readonly EngineError[];
  readonly originalError?: unknown;
  readonly token?: unknown;
}

function problemsOf(error: unknown): readonly string[] {
  const found = error as EngineError;
  const problems: string[] = [];
  for (const each of found.errors ?? [found]) {
    const message = reasonOf(each);
    // Of a tag that cannot be read the middle and the end are left over.
    if (problems.length > 0 && /^there is no tag "(?:end\w+|els\w+|when)"$/.test(message)) continue;
    problems.push(`line ${lineOf(each)}: ${message}`);
  }
  return problems;
}

/** What the engine says is wrong, in words of a sentence and without its place, which it repeats. */
export function reasonOf(error: unknown): string {
  const { originalError } = error as EngineError;
  const message = messageOf(originalError ?? error).replace(/, line:\d+, col:\d+$/, '');
  const own = message
    .replace(/^undefined filter: (.*)$/, 'there is no filter "$1"')
    .replace(/^tag "(.*)" not found$/, 'there is no tag "$1"')
    .replace(/^memory alloc limit exceeded$/, 'takes too much memory to fill');
  return own.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 200);
}
