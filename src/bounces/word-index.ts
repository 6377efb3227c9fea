import { characterTable } from './fold-character.ts';

/** Types of words that are told by their form: no word of any phrase, an address, a number. */
export const otherWord = 0;
export const addressWord = 1;
export const numberWord = 2;
const firstFree = 3;

/** A word as two hashes of its folded characters, so that a text is read without a memory of trees. */
export const hashStart1 = 17;
export const hashStart2 = 0x811c9dc5 | 0;

/** The first hash with one more character. */
export function nextHash1(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit) | 0;
}

/** The second hash with one more character. */
export function nextHash2(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

/**
 * All words that occur in phrases. Each word and each stem ("throttl~") is a type; a word of a text has
 * one type: its own, else that of the longest stem that it begins with. Words are told by 64 bits of
 * hash: that two words of some thousands share them does not happen by chance.
 */
export class WordIndex {
  readonly #words = new HashTable();
  readonly #stems = new HashTable();
  /** One bit for each length that a stem has; stems are shorter than 32 characters. */
  stemLengths = 0;
  /** By the first hash of two letters: whether a stem begins with them. */
  readonly #stemBegins = new Uint8Array(4_096);
  /** By type, folded. */
  readonly #texts: string[] = ['', '', ''];
  readonly #typeOfStem = new Map<string, number>();

  /** The type of a word or stem; a new one if it is new. */
  add(word: string, isStem: boolean): number {
    const { folded } = characterTable();
    let text = '';
    let hash1 = hashStart1;
    let hash2 = hashStart2;
    let begin = hash1;
    for (let i = 0; i < word.length; i += 1) {
      const unit = folded[word.charCodeAt(i)] as number;
      text += String.fromCharCode(unit);
      hash1 = nextHash1(hash1, unit);
      hash2 = nextHash2(hash2, unit);
      if (i === 1) begin = hash1;
    }
    const table = isStem ? this.#stems : this.#words;
    const known = table.get(hash1, hash2);
    if (known !== otherWord) return known;
    const type = this.#texts.length;
    this.#texts.push(text);
    table.set(hash1, hash2, type);
    if (isStem) {
      this.#typeOfStem.set(text, type);
      this.#stemBegins[begin & 4_095] = 1;
      this.stemLengths |= 1 << text.length;
    }
    return type;
  }

  /** Type of the word with these hashes. */
  word(hash1: number, hash2: number): number {
    return this.#words.get(hash1, hash2);
  }

  /** Type of the stem with these hashes. */
  stem(hash1: number, hash2: number): number {
    return this.#stems.get(hash1, hash2);
  }

  /** Whether some stem of two letters or more begins with the two of this first hash. */
  mayBeginStem(hash1: number): boolean {
    return this.#stemBegins[hash1 & 4_095] === 1;
  }

  /** Types that a word of this type also counts as: stems that it begins with, a number. */
  alsoOf(type: number): number[] {
    if (type < firstFree) return [];
    const text = this.#texts[type] as string;
    const also: number[] = [];
    for (let length = 1; length <= text.length; length += 1) {
      const stem = this.#typeOfStem.get(text.slice(0, length));
      if (stem !== undefined && stem !== type) also.push(stem);
    }
    if (/^\d+$/.test(text)) also.push(numberWord);
    return also;
  }

  /** How many types there are. */
  get types(): number {
    return this.#texts.length;
  }
}

/** Types by both hashes; open addressing, at most half full. */
class HashTable {
  #slots = new Int32Array(64 * 3);
  #size = 0;

  get(hash1: number, hash2: number): number {
    const slots = this.#slots;
    const mask = slots.length / 3 - 1;
    for (let slot = (hash1 ^ (hash2 >>> 9)) & mask; ; slot = (slot + 1) & mask) {
      const type = slots[slot * 3 + 2] as number;
      if (type === otherWord) return otherWord;
      if (slots[slot * 3] === hash1 && slots[slot * 3 + 1] === hash2) return type;
    }
  }

  set(hash1: number, hash2: number, type: number): void {
    if (this.#size * 6 >= this.#slots.length) this.#grow();
    this.#put(hash1, hash2, type);
    this.#size += 1;
  }

  #put(hash1: number, hash2: number, type: number): void {
    const mask = this.#slots.length / 3 - 1;
    let slot = (hash1 ^ (hash2 >>> 9)) & mask;
    while (this.#slots[slot * 3 + 2] !== otherWord) slot = (slot + 1) & mask;
    this.#slots.set([hash1, hash2, type], slot * 3);
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 3) {
      const type = old[at + 2] as number;
      if (type !== otherWord) this.#put(old[at] as number, old[at + 1] as number, type);
    }
  }
}
