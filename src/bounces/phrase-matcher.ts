import { ChunkFinder, deadState } from './chunk-finder.ts';
import type { PhraseChunk } from './phrase.ts';
import { ReplyWords } from './reply-words.ts';
import { WordIndex } from './word-index.ts';

/*
 * Finds all phrases of all rules in a text at once, in time linear in its length. From each word one
 * walks down a tree of all chunks, at most as deep as the longest chunk, and keeps the places where
 * chunks end; then only phrases whose rarest chunk was found are looked at, and each of their chunks
 * looks back over a bounded gap.
 */

/** So many places of chunks are kept in one text; a phrase that needs a later one is not found. */
const placesMax = 2_048;
/** Words to look back for the chunk before: the longest gap, hosts counted by their parts. */
const lookBackMax = 40;
const wordsMax = 8_200;

interface CompiledPhrase {
  readonly chunks: readonly number[];
  readonly gaps: readonly number[];
}

/** All phrases; build it once. */
export class PhraseMatcher {
  /** Work done by the last {@link match}: steps that take constant time. */
  work = 0;
  /** Ids of phrases that the last {@link match} found, {@link foundCount} of them. */
  found = new Int32Array(256);
  foundCount = 0;
  readonly #samples: readonly string[];
  readonly #index = new WordIndex();
  readonly #words = new ReplyWords(this.#index);
  readonly #finder = new ChunkFinder(this.#index);
  readonly #phrases: CompiledPhrase[] = [];
  readonly #phraseIds = new Map<string, number>();
  readonly #noise = new Set<number>();
  #isNoise = new Uint8Array(0);
  /** By chunk: phrases to look at when it was found. */
  #phrasesOf: readonly number[][] | undefined;
  /** By phrase: the rarest of its other chunks, without which there is nothing to look at. */
  #companions = new Int32Array(0);
  /** By state: phrases to look at when it was reached, made when it is first reached. */
  #phrasesAt: (Int32Array | undefined)[] = [];
  /** By place: the state that was reached, first word and end (exclusive). */
  readonly #placeState = new Int32Array(placesMax);
  readonly #placeStart = new Int32Array(placesMax);
  readonly #placeEnd = new Int32Array(placesMax);
  #places = 0;
  /** By chunk: the mark of the last text that it was in, its first and its last place there. */
  #present = new Int32Array(0);
  #firstPlace = new Int32Array(0);
  #lastPlace = new Int32Array(0);
  /** By phrase: the text that it was last looked at for, and where it was found. */
  readonly #seen: number[] = [];
  readonly #foundStart: number[] = [];
  readonly #foundEnd: number[] = [];
  #textMark = 0;
  /** By end of a chunk: the mark of the step that reached it, and where its chain began. */
  readonly #marks = [new Int32Array(wordsMax), new Int32Array(wordsMax)] as const;
  readonly #begins = [new Int32Array(wordsMax), new Int32Array(wordsMax)] as const;
  #mark = 0;

  /**
   * @param samples texts like those to come; they tell which chunks are rare
   */
  constructor(samples: readonly string[]) {
    this.#samples = samples;
  }

  /** Adds words that are passed over wherever they stand; only the first chunk of a phrase counts. */
  addNoise(chunks: readonly PhraseChunk[]): void {
    const first = chunks[0];
    if (first !== undefined) this.#noise.add(this.#finder.add(first));
    this.#phrasesOf = undefined;
  }

  /** Adds a phrase; equal ones share an id. */
  add(chunks: readonly PhraseChunk[]): number {
    const key = chunks.map((chunk) => `${chunk.gap}:${chunk.key}`).join('\u0000');
    const known = this.#phraseIds.get(key);
    if (known !== undefined) return known;
    const id = this.#phrases.length;
    this.#phraseIds.set(key, id);
    this.#phrases.push({
      chunks: chunks.map((chunk) => this.#finder.add(chunk)),
      gaps: chunks.map(({ gap }) => gap),
    });
    this.#seen.push(0);
    this.#foundStart.push(0);
    this.#foundEnd.push(0);
    this.#phrasesOf = undefined;
    return id;
  }

  /** How many phrases there are; their ids are below it. */
  get phrases(): number {
    return this.#phrases.length;
  }

  /** Finds all phrases of a text; afterwards {@link found} has their ids. */
  match(text: string): void {
    const phrasesOf = (this.#phrasesOf ??= this.#anchors());
    if (this.found.length < this.#phrases.length) this.found = new Int32Array(this.#phrases.length);
    this.#find(text);
    this.foundCount = 0;
    this.#textMark += 1;
    // Kept in variables: this is the inner loop of every reply.
    const mark = this.#textMark;
    const present = this.#present;
    const firstPlace = this.#firstPlace;
    const lastPlace = this.#lastPlace;
    const finder = this.#finder;
    const states = this.#placeState;
    const seen = this.#seen;
    const companions = this.#companions;
    const count = this.#places;
    for (let place = 0; place < count; place += 1) {
      const chunks = finder.endingAt(states[place] as number);
      for (let i = 0; i < chunks.length; i += 1) {
        const chunk = chunks[i] as number;
        lastPlace[chunk] = place;
        if (present[chunk] === mark) continue;
        present[chunk] = mark;
        firstPlace[chunk] = place;
      }
    }
    for (let place = 0; place < count; place += 1) {
      const state = states[place] as number;
      const phrases = this.#phrasesAt[state] ?? this.#anchoredAt(state, phrasesOf);
      for (let i = 0; i < phrases.length; i += 1) {
        const phrase = phrases[i] as number;
        if (present[companions[phrase] as number] !== mark || seen[phrase] === mark) continue;
        seen[phrase] = mark;
        this.#check(phrase, place);
      }
    }
    this.work += this.#finder.work;
  }

  /** The words of a phrase that was found, as they stand in the text given to {@link match}. */
  spanOf(phrase: number, text: string): string {
    const start = this.#words.starts[this.#foundStart[phrase] as number] as number;
    const end = this.#words.ends[(this.#foundEnd[phrase] as number) - 1] as number;
    return text.slice(start, end);
  }

  /** Finds all chunks of a text; a second time where noise was among them. */
  #find(text: string): void {
    this.#words.read(text);
    if (this.#finder.tidy()) this.#phrasesAt = [];
    this.#finder.work = 0;
    this.work = 0;
    this.#findChunks();
    if (this.#removeNoise()) this.#findChunks();
  }

  #findChunks(): void {
    this.#places = 0;
    for (let word = 0; word < this.#words.count; word += 1) this.#walk(word);
  }

  /** Keeps all chunks that begin with this word. */
  #walk(first: number): void {
    const finder = this.#finder;
    const { types, sentences, count } = this.#words;
    let state = finder.first(types[first] as number);
    for (let word = first; state !== deadState;) {
      word += 1;
      if (finder.endingAt(state).length > 0 && this.#places < placesMax) {
        const place = this.#places;
        this.#placeState[place] = state;
        this.#placeStart[place] = first;
        this.#placeEnd[place] = word;
        this.#places = place + 1;
      }
      if (word === count || sentences[word] !== sentences[first]) return;
      state = finder.next(state, types[word] as number);
    }
  }

  /** Takes noise out of the text; whether there was any. */
  #removeNoise(): boolean {
    let spans: [number, number][] | undefined;
    for (let place = 0; place < this.#places; place += 1) {
      // Noise has several words: most places are passed over at once.
      const start = this.#placeStart[place] as number;
      const end = this.#placeEnd[place] as number;
      if (end - start < 2) continue;
      const chunks = this.#finder.endingAt(this.#placeState[place] as number);
      for (let i = 0; i < chunks.length; i += 1) {
        if (this.#isNoise[chunks[i] as number] === 1) (spans ??= []).push([start, end]);
      }
    }
    if (spans === undefined) return false;
    // From the end, so that the places of the others stay true.
    spans.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
    let before = Infinity;
    for (const [from, to] of spans) {
      if (Math.min(to, before) > from) this.#words.remove(from, Math.min(to, before));
      before = Math.min(before, from);
    }
    return true;
  }

  /** Phrases by their rarest chunk, so that a common word alone starts nothing. */
  #anchors(): number[][] {
    this.#phrasesAt = [];
    const uses = new Int32Array(this.#finder.chunks);
    this.#present = new Int32Array(this.#finder.chunks);
    this.#firstPlace = new Int32Array(this.#finder.chunks);
    this.#lastPlace = new Int32Array(this.#finder.chunks);
    this.#isNoise = new Uint8Array(this.#finder.chunks);
    for (const chunk of this.#noise) this.#isNoise[chunk] = 1;
    for (const text of this.#samples) {
      this.#find(text);
      for (let place = 0; place < this.#places; place += 1) {
        for (const chunk of this.#finder.endingAt(this.#placeState[place] as number)) {
          uses[chunk] = (uses[chunk] as number) + 1;
        }
      }
    }
    const anchored = Array.from(uses, (): number[] => []);
    this.#companions = new Int32Array(this.#phrases.length);
    for (const [id, { chunks }] of this.#phrases.entries()) {
      const [rarest = 0, next = rarest] = [...chunks].sort(
        (a, b) => (uses[a] as number) - (uses[b] as number),
      );
      (anchored[rarest] as number[]).push(id);
      this.#companions[id] = next;
    }
    return anchored;
  }

  #anchoredAt(state: number, phrasesOf: readonly number[][]): Int32Array {
    const phrases = this.#finder.endingAt(state).flatMap((chunk) => phrasesOf[chunk] as number[]);
    // Without holes, which would make of the list a slow one.
    while (this.#phrasesAt.length <= state) this.#phrasesAt.push(undefined);
    const anchored = Int32Array.from(phrases);
    this.#phrasesAt[state] = anchored;
    return anchored;
  }

  /** Looks for a phrase whose rarest chunk has this place. */
  #check(phrase: number, place: number): void {
    const { chunks, gaps } = this.#phrases[phrase] as CompiledPhrase;
    this.work += 1;
    if (chunks.length === 1) {
      this.#note(phrase, this.#placeStart[place] as number, this.#placeEnd[place] as number);
      return;
    }
    const firstPlace = this.#firstPlace;
    const lastPlace = this.#lastPlace;
    // Places are in the order of their first words, so each chunk needs a later one than that before.
    let earliest = -1;
    for (let i = 0; i < chunks.length; i += 1) {
      const chunk = chunks[i] as number;
      if (this.#present[chunk] !== this.#textMark) return;
      earliest = Math.max(earliest + 1, firstPlace[chunk] as number);
      if (earliest > (lastPlace[chunk] as number)) return;
    }
    const finder = this.#finder;
    const states = this.#placeState;
    let mark = 0;
    for (let step = 0; step < chunks.length; step += 1) {
      const chunk = chunks[step] as number;
      const marks = this.#marks[(step & 1) as 0 | 1];
      const begins = this.#begins[(step & 1) as 0 | 1];
      const markBefore = mark;
      mark = this.#mark += 1;
      let isReached = false;
      const last = lastPlace[chunk] as number;
      this.work += 1;
      for (let at = firstPlace[chunk] as number; at <= last; at += 1) {
        this.work += 1;
        if (!finder.endsAt(states[at] as number, chunk)) continue;
        const start = this.#placeStart[at] as number;
        const end = this.#placeEnd[at] as number;
        let begin = start;
        if (step > 0) {
          begin = this.#beginBefore(start, gaps[step] as number, (step - 1) & 1, markBefore);
          if (begin === -1) continue;
        }
        if (step === chunks.length - 1) {
          this.#note(phrase, begin, end);
          return;
        }
        isReached = true;
        marks[end] = mark;
        begins[end] = begin;
      }
      if (!isReached) return;
    }
  }

  /** Where the chain began that ends within reach before this word, or -1. */
  #beginBefore(word: number, gap: number, side: number, mark: number): number {
    const { steps, sentences } = this.#words;
    const marks = this.#marks[side as 0 | 1];
    const lowest = gap === 0 ? word : Math.max(1, word - lookBackMax);
    for (let end = word; end >= lowest && end > 0; end -= 1) {
      this.work += 1;
      const last = end - 1;
      if (sentences[last] !== sentences[word]) return -1;
      if ((steps[word] as number) - (steps[last] as number) - 1 > gap) return -1;
      if (marks[end] === mark) return this.#begins[side as 0 | 1][end] as number;
    }
    return -1;
  }

  #note(phrase: number, start: number, end: number): void {
    this.found[this.foundCount] = phrase;
    this.foundCount += 1;
    this.#foundStart[phrase] = start;
    this.#foundEnd[phrase] = end;
  }
}
