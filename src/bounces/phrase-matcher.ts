import { ChunkFinder, deadState } from './chunk-finder.ts';
import type { PhraseChunk } from './phrase.ts';
import { ReplyWords } from './reply-words.ts';
import { WordIndex } from './word-index.ts';

/*
 * Finds all phrases of all rules in a text at once, in time linear in its length. From each word one
 * walks down a tree of all chunks, at most as deep as the longest chunk; then only phrases whose
 * rarest chunk was found are looked at, and each of their chunks looks back over a bounded gap.
 */

/** A chunk keeps so many of its places in one text; a phrase that needs a later one is not found. */
const placesMax = 48;
/** Words to look back for the chunk before: the longest gap, hosts counted by their parts. */
const lookBackMax = 40;

interface CompiledPhrase {
  readonly chunks: readonly number[];
  readonly gaps: readonly number[];
}

/** All phrases; build it once. */
export class PhraseMatcher {
  /** Work done by the last {@link match}: edges walked and words looked back over. */
  work = 0;
  /** Ids of phrases that the last {@link match} found. */
  readonly found: number[] = [];
  readonly #samples: readonly string[];
  readonly #index = new WordIndex();
  readonly #words = new ReplyWords(this.#index);
  readonly #finder = new ChunkFinder(this.#index);
  readonly #phrases: CompiledPhrase[] = [];
  readonly #phraseIds = new Map<string, number>();
  /** By chunk: how many places it has in the text of this mark. */
  #placeCount = new Int32Array(0);
  #placeMark = new Int32Array(0);
  /** By chunk and place: begin and end (exclusive) in words. */
  #places = new Int32Array(0);
  readonly #touched: number[] = [];
  /** By chunk: phrases to look at when it was found. */
  #phrasesOf: Int32Array[] | undefined;
  #textMark = 0;
  readonly #noise = new Set<number>();
  #isNoise = new Uint8Array(0);
  readonly #chainStart = [new Int32Array(8_200), new Int32Array(8_200)] as const;
  readonly #chainMark = [new Int32Array(8_200), new Int32Array(8_200)] as const;
  #mark = 0;
  /** By phrase: begin and end (exclusive) in words of where it was found. */
  readonly #foundStart: number[] = [];
  readonly #foundEnd: number[] = [];

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
    this.#foundStart.push(0);
    this.#foundEnd.push(0);
    this.#phrasesOf = undefined;
    return id;
  }

  /** Finds all phrases of a text; afterwards {@link found} has their ids. */
  match(text: string): void {
    const phrasesOf = (this.#phrasesOf ??= this.#anchors());
    this.#find(text);
    this.work = this.#finder.work;
    this.found.length = 0;
    for (let i = 0; i < this.#touched.length; i += 1) {
      const phrases = phrasesOf[this.#touched[i] as number] as Int32Array;
      for (let j = 0; j < phrases.length; j += 1) this.#check(phrases[j] as number);
    }
  }

  /** Finds all chunks of a text; a second time where noise was among them. */
  #find(text: string): void {
    this.#words.read(text);
    this.#finder.tidy();
    this.#finder.work = 0;
    this.#findChunks();
    if (this.#removeNoise()) this.#findChunks();
  }

  #findChunks(): void {
    this.#textMark += 1;
    this.#touched.length = 0;
    for (let word = 0; word < this.#words.count; word += 1) this.#walk(word);
  }

  /** Takes noise out of the text; whether there was any. */
  #removeNoise(): boolean {
    const spans: [number, number][] = [];
    for (const chunk of this.#touched) {
      if (this.#isNoise[chunk] === 0) continue;
      const from = chunk * placesMax * 2;
      const to = from + (this.#placeCount[chunk] as number) * 2;
      for (let i = from; i < to; i += 2) {
        spans.push([this.#places[i] as number, this.#places[i + 1] as number]);
      }
    }
    // From the end, so that the places of the others stay true.
    spans.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
    let before = Infinity;
    for (const [from, to] of spans) {
      if (Math.min(to, before) > from) this.#words.remove(from, Math.min(to, before));
      before = Math.min(before, from);
    }
    return spans.length > 0;
  }

  /** The words of a phrase that was found, as they stand in the text given to {@link match}. */
  spanOf(phrase: number, text: string): string {
    const start = this.#words.starts[this.#foundStart[phrase] as number] as number;
    const end = this.#words.ends[(this.#foundEnd[phrase] as number) - 1] as number;
    return text.slice(start, end);
  }

  /** Where a phrase that was found begins, in words from the beginning. */
  placeOf(phrase: number): number {
    return this.#foundStart[phrase] as number;
  }

  /** Phrases by their rarest chunk, so that a common word alone starts nothing. */
  #anchors(): Int32Array[] {
    const chunkCount = this.#finder.chunks;
    this.#placeCount = new Int32Array(chunkCount);
    this.#placeMark = new Int32Array(chunkCount);
    this.#places = new Int32Array(chunkCount * placesMax * 2);
    this.#isNoise = new Uint8Array(chunkCount);
    for (const chunk of this.#noise) this.#isNoise[chunk] = 1;
    const uses = new Int32Array(chunkCount);
    for (const text of this.#samples) {
      this.#find(text);
      for (const chunk of this.#touched) uses[chunk] = (uses[chunk] as number) + 1;
    }
    const anchored = Array.from({ length: chunkCount }, (): number[] => []);
    for (const [id, { chunks }] of this.#phrases.entries()) {
      const rarest = chunks.reduce((best, chunk) =>
        (uses[chunk] as number) < (uses[best] as number) ? chunk : best,
      );
      (anchored[rarest] as number[]).push(id);
    }
    return anchored.map((ids) => Int32Array.from(ids));
  }

  /** All chunks that begin with this word. */
  #walk(first: number): void {
    const finder = this.#finder;
    const { types, sentences, count } = this.#words;
    let state = finder.first(types[first] as number);
    for (let word = first; state !== deadState;) {
      const chunks = finder.endingAt(state);
      word += 1;
      for (let i = 0; i < chunks.length; i += 1) this.#note(chunks[i] as number, first, word);
      if (word === count || sentences[word] !== sentences[first]) return;
      state = finder.next(state, types[word] as number);
    }
  }

  #note(chunk: number, start: number, end: number): void {
    if (this.#placeMark[chunk] !== this.#textMark) {
      this.#placeMark[chunk] = this.#textMark;
      this.#placeCount[chunk] = 0;
      this.#touched.push(chunk);
    }
    const count = this.#placeCount[chunk] as number;
    if (count === placesMax) return;
    const at = (chunk * placesMax + count) * 2;
    this.#places[at] = start;
    this.#places[at + 1] = end;
    this.#placeCount[chunk] = count + 1;
  }

  #check(phrase: number): void {
    const { chunks, gaps } = this.#phrases[phrase] as CompiledPhrase;
    this.work += 1;
    for (let i = 0; i < chunks.length; i += 1) {
      if (this.#placeMark[chunks[i] as number] !== this.#textMark) return;
    }
    const places = this.#places;
    const first = (chunks[0] as number) * placesMax * 2;
    if (chunks.length === 1) {
      this.#found(phrase, places[first] as number, places[first + 1] as number);
      return;
    }
    let [start, nextStart] = this.#chainStart;
    let [marks, nextMarks] = this.#chainMark;
    let mark = (this.#mark += 1);
    const firstEnd = first + (this.#placeCount[chunks[0] as number] as number) * 2;
    for (let i = first; i < firstEnd; i += 2) {
      const end = places[i + 1] as number;
      if (marks[end] === mark) continue;
      marks[end] = mark;
      start[end] = places[i] as number;
    }
    for (let step = 1; step < chunks.length; step += 1) {
      const chunk = chunks[step] as number;
      const gap = gaps[step] as number;
      const nextMark = (this.#mark += 1);
      let isReached = false;
      const from = chunk * placesMax * 2;
      const to = from + (this.#placeCount[chunk] as number) * 2;
      for (let i = from; i < to; i += 2) {
        const before = this.#chainBefore(places[i] as number, gap, marks, mark);
        if (before === -1) continue;
        const end = places[i + 1] as number;
        if (step === chunks.length - 1) {
          this.#found(phrase, start[before] as number, end);
          return;
        }
        isReached = true;
        nextMarks[end] = nextMark;
        nextStart[end] = start[before] as number;
      }
      if (!isReached) return;
      [start, nextStart] = [nextStart, start];
      [marks, nextMarks] = [nextMarks, marks];
      mark = nextMark;
    }
  }

  /** Where a chain ends from which a chunk at this word is in reach, or -1. */
  #chainBefore(word: number, gap: number, marks: Int32Array, mark: number): number {
    const { steps, sentences } = this.#words;
    const lowest = Math.max(1, word - lookBackMax);
    for (let end = word; end >= lowest; end -= 1) {
      this.work += 1;
      const last = end - 1;
      if (sentences[last] !== sentences[word]) return -1;
      const skipped = (steps[word] as number) - (steps[last] as number) - 1;
      if (skipped > gap) return -1;
      if (gap === 0 && end !== word) return -1;
      if (marks[end] === mark) return end;
    }
    return -1;
  }

  #found(phrase: number, start: number, end: number): void {
    this.found.push(phrase);
    this.#foundStart[phrase] = start;
    this.#foundEnd[phrase] = end;
  }
}
