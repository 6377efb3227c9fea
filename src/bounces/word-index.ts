import { EdgeTable } from './edge-table.ts';
import { characterTable } from './fold-character.ts';

/** Types of words that are told by their form: no word of any phrase, an address, a number. */
export const otherWord = 0;
export const addressWord = 1;
export const numberWord = 2;
const firstFree = 3;

/** `a` to `z` and `0` to `9`. */
const denseLabels = 36;

function denseLabel(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 26;
  return -1;
}

/**
 * All words that occur in phrases, as a tree of their folded characters. Each word and each stem
 * ("throttl~") is a type; a word of a text has one type: its own, else that of the longest stem that
 * it begins with.
 */
export class WordIndex {
  /** Edges of letters and digits, {@link denseLabels} for each node; 0 where there is none. */
  #dense = new Int32Array(denseLabels * 1024);
  /** Edges of all other characters. */
  readonly #edges = new EdgeTable();
  readonly #wordAt: number[] = [otherWord];
  readonly #stemAt: number[] = [otherWord];
  #nodes = 1;
  /** By type, folded. */
  readonly #texts: string[] = ['', '', ''];
  readonly #stems = new Map<string, number>();

  /** The type of a word or stem; a new one if it is new. */
  add(word: string, isStem: boolean): number {
    const text = foldWord(word);
    let node = 0;
    for (let i = 0; i < text.length; i += 1) {
      const label = text.charCodeAt(i);
      let next = this.child(node, label);
      if (next === -1) {
        next = this.#nodes;
        this.#nodes += 1;
        this.#wordAt.push(otherWord);
        this.#stemAt.push(otherWord);
        this.#connect(node, label, next);
      }
      node = next;
    }
    const table = isStem ? this.#stemAt : this.#wordAt;
    if (table[node] === otherWord) {
      table[node] = this.#texts.length;
      this.#texts.push(text);
      if (isStem) this.#stems.set(text, table[node] as number);
    }
    return table[node] as number;
  }

  /** The node that a folded character leads to, or -1. */
  child(node: number, unit: number): number {
    const label = denseLabel(unit);
    if (label === -1) return this.#edges.get(node, unit);
    return (this.#dense[node * denseLabels + label] as number) - 1;
  }

  #connect(node: number, unit: number, target: number): void {
    const label = denseLabel(unit);
    if (this.#dense.length <= target * denseLabels + denseLabels) {
      const grown = new Int32Array(this.#dense.length * 2);
      grown.set(this.#dense);
      this.#dense = grown;
    }
    if (label === -1) this.#edges.set(node, unit, target);
    else this.#dense[node * denseLabels + label] = target + 1;
  }

  /** Type of the word that ends at this node. */
  wordAt(node: number): number {
    return this.#wordAt[node] as number;
  }

  /** Type of the stem that ends at this node. */
  stemAt(node: number): number {
    return this.#stemAt[node] as number;
  }

  /** Types that a word of this type also counts as: stems that it begins with, a number. */
  alsoOf(type: number): number[] {
    if (type < firstFree) return [];
    const text = this.#texts[type] as string;
    const also: number[] = [];
    for (let length = 1; length <= text.length; length += 1) {
      const stem = this.#stems.get(text.slice(0, length));
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

function foldWord(word: string): string {
  const { folded } = characterTable();
  let text = '';
  for (let i = 0; i < word.length; i += 1) {
    text += String.fromCharCode(folded[word.charCodeAt(i)] ?? 0);
  }
  return text;
}
