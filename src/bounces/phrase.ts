/*
 * The language of phrases. Words stand one after another, case and accents do not count:
 *
 * - `user unknown`    these words, in this order
 * - `throttl~`        any word that begins so
 * - `(no|not a) user` one of several
 * - `is? full`        with the word or without
 * - `{mailbox} full`  one of a named list (see `vocabulary.ts`)
 * - `user * unknown`  up to five words between, `*2` up to two, within one sentence
 * - `#`, `@`          a number or IP address, an address
 */

/** One word of a phrase. */
export interface PhraseWord {
  readonly kind: 'word' | 'stem' | 'number' | 'address';
  readonly text: string;
}

/** Words of which one must stand there. */
export type WordChoice = readonly PhraseWord[];

/** Sequences of which one must stand there. */
export interface PhraseChunk {
  /** Equal chunks of different phrases have equal keys. */
  readonly key: string;
  readonly sequences: readonly (readonly WordChoice[])[];
  /** Most words that may stand between the previous chunk and this one. */
  readonly gap: number;
}

/** Named lists of phrases without gaps; they may use one another. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

/** A phrase, or what is wrong with it. */
export type ParsedPhrase =
  | { readonly kind: 'phrase'; readonly variants: readonly (readonly PhraseChunk[])[] }
  | { readonly kind: 'problem'; readonly problem: string };

const gapDefault = 5;
const gapMax = 20;
/** A phrase that stands for more than this is a mistake. */
const sequencesMax = 400;

/** Reads a phrase. */
export function parsePhrase(phrase: string, vocabulary: Vocabulary): ParsedPhrase {
  const items = itemsOf(phrase);
  if (items === undefined) return problem(`"${phrase}" has a bracket without its partner`);
  let variants: PhraseChunk[][] = [[]];
  let run: string[] = [];
  let gap = 0;
  const close = (): string | undefined => {
    if (run.length === 0) return undefined;
    const added = addChunk(variants, run.join(' '), gap, vocabulary);
    run = [];
    gap = 0;
    return added;
  };
  for (const item of items) {
    const skip = /^\*(\d{0,2})$/.exec(item);
    const named = /^\{([a-z-]+)\}(\??)$/.exec(item);
    if (skip === null && named === null) {
      run.push(item);
      continue;
    }
    const wrong = close();
    if (wrong !== undefined) return problem(wrong);
    if (skip !== null) {
      gap = skip[1] === '' ? gapDefault : Number(skip[1]);
      if (gap > gapMax) return problem(`"${phrase}" skips more than ${gapMax} words`);
      continue;
    }
    const before = variants.map((chunks) => [...chunks]);
    const bad = addChunk(variants, `{${named?.[1] ?? ''}}`, gap, vocabulary);
    if (bad !== undefined) return problem(bad);
    // Without the optional part, the gap before it is lost; a phrase that needs it says so twice.
    if (named?.[2] === '?') variants = [...variants, ...before];
    gap = 0;
  }
  const wrong = close();
  if (wrong !== undefined) return problem(wrong);
  if (gap > 0) return problem(`"${phrase}" ends with a gap`);
  if (variants.some((chunks) => chunks.length === 0)) return problem(`"${phrase}" has no word`);
  return { kind: 'phrase', variants };
}

function problem(text: string): ParsedPhrase {
  return { kind: 'problem', problem: text };
}

function addChunk(
  variants: PhraseChunk[][],
  text: string,
  gap: number,
  vocabulary: Vocabulary,
): string | undefined {
  const sequences = sequencesOf(text, vocabulary, 0);
  if (typeof sequences === 'string') return sequences;
  const chunk = { key: text, sequences, gap };
  for (const chunks of variants) chunks.push(chunk);
  return undefined;
}

/** Splits at spaces outside of brackets. */
function itemsOf(phrase: string): string[] | undefined {
  const items: string[] = [];
  let item = '';
  let depth = 0;
  for (const character of phrase.toLowerCase()) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return undefined;
    if (character === ' ' && depth === 0) {
      if (item !== '') items.push(item);
      item = '';
    } else item += character;
  }
  if (item !== '') items.push(item);
  return depth === 0 ? items : undefined;
}

/** All sequences that a text without gaps stands for; a text says what is wrong. */
function sequencesOf(text: string, vocabulary: Vocabulary, depth: number): WordChoice[][] | string {
  if (depth > 6) return `"${text}" uses itself`;
  let sequences: WordChoice[][] = [[]];
  for (const item of itemsOf(text) ?? []) {
    const isOptional = item.endsWith('?');
    const options = optionsOf(isOptional ? item.slice(0, -1) : item, vocabulary, depth);
    if (typeof options === 'string') return options;
    if (isOptional) options.push([]);
    sequences = sequences.flatMap((begin) => options.map((option) => [...begin, ...option]));
    if (sequences.length > sequencesMax) return `"${text}" stands for too many phrases`;
  }
  return sequences.some((words) => words.length === 0) ? `"${text}" may be empty` : sequences;
}

function optionsOf(item: string, vocabulary: Vocabulary, depth: number): WordChoice[][] | string {
  const isGroup = item.startsWith('(') && item.endsWith(')');
  const name = /^\{([a-z-]+)\}$/.exec(item)?.[1];
  if (!isGroup && name === undefined) {
    const words = wordsOf(item);
    return words === undefined ? `"${item}" is no word` : [words.map((word) => [word])];
  }
  const list = name === undefined ? alternativesOf(item.slice(1, -1)) : vocabulary[name];
  if (list === undefined) return `there is no list {${name ?? ''}}`;
  // Single words become one choice, so that a list of twenty is one sequence and not twenty.
  const choice: PhraseWord[] = [];
  const longer: WordChoice[][] = [];
  for (const entry of list) {
    if (entry.trim() === '') {
      longer.push([]);
      continue;
    }
    const sequences = sequencesOf(entry, vocabulary, depth + 1);
    if (typeof sequences === 'string') return sequences;
    for (const sequence of sequences) {
      if (sequence.length === 1) choice.push(...(sequence[0] as WordChoice));
      else longer.push(sequence);
    }
  }
  return choice.length === 0 ? longer : [[choice], ...longer];
}

/** Splits at `|` outside of brackets. */
function alternativesOf(text: string): string[] {
  const options: string[] = [];
  let option = '';
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === '|' && depth === 0) {
      options.push(option);
      option = '';
    } else option += character;
  }
  return [...options, option];
}

/** Letters of scripts that set no space between words, as `fold-character.ts` knows them, and words of others. */
const alonePattern =
  /[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\uFFFF]|[^\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\uFFFF._/'-]+/gu;

/** `foo.bar` and `foo-bar` are two words; each ideograph is one. */
function wordsOf(item: string): PhraseWord[] | undefined {
  if (item === '#') return [{ kind: 'number', text: '' }];
  if (item === '@') return [{ kind: 'address', text: '' }];
  const parts = item.match(alonePattern) ?? [];
  const words = parts.map((part): PhraseWord =>
    part.endsWith('~') ? { kind: 'stem', text: part.slice(0, -1) } : { kind: 'word', text: part },
  );
  const isSound = words.every(
    ({ text, kind }) =>
      /^[\p{L}\p{M}\p{N}\u2E80-\uFFFF]+$/u.test(text) && (kind === 'word' || text.length < 32),
  );
  return words.length > 0 && isSound ? words : undefined;
}
