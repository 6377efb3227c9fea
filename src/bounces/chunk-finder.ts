import { EdgeTable } from './edge-table.ts';
import type { PhraseChunk, PhraseWord, WordChoice } from './phrase.ts';
import { addressWord, numberWord, type WordIndex } from './word-index.ts';

/*
 * All chunks of all phrases as one tree whose edges are choices of words, and an automaton that is
 * made from it as texts need it: a state stands for all nodes that the words so far lead to. A step
 * that was made before costs one look-up; a new one costs as many tests as the nodes have edges.
 */

/** States that are kept; with more, the automaton begins anew, so that hostile texts cost no memory. */
const statesMax = 20_000;
/** The state in which nothing goes on. */
export const deadState = 0;
/** The state before the first word. */
const startState = 1;

interface TreeNode {
  readonly edges: { readonly choice: number; readonly target: number }[];
  readonly chunks: number[];
}

interface State {
  readonly nodes: readonly number[];
  /** Chunks that end here. */
  readonly chunks: readonly number[];
  /** The same, one bit for each chunk. */
  readonly bits: Int32Array;
}

/** Finds chunks. */
export class ChunkFinder {
  /** Tests made so far. */
  work = 0;
  readonly #index: WordIndex;
  readonly #nodes: TreeNode[] = [{ edges: [], chunks: [] }];
  readonly #choices = new Map<string, number>();
  /** By choice: the types of words it has. */
  readonly #members: Set<number>[] = [];
  readonly #chunkIds = new Map<string, number>();
  /** By type of word: the choices it is in. */
  #choicesOf: Set<number>[] | undefined;
  /** By type of word, -1 where it was not asked for. */
  #firstStates = new Int32Array(0);
  #steps = new EdgeTable();
  #states: State[] = [];
  #stateOf = new Map<string, number>();

  constructor(index: WordIndex) {
    this.#index = index;
    this.#forget();
  }

  /** How many chunks there are. */
  get chunks(): number {
    return this.#chunkIds.size;
  }

  /** The id of a chunk; a new one if it is new. */
  add(chunk: PhraseChunk): number {
    const known = this.#chunkIds.get(chunk.key);
    if (known !== undefined) return known;
    const id = this.#chunkIds.size;
    this.#chunkIds.set(chunk.key, id);
    for (const sequence of chunk.sequences) {
      let node = this.#nodes[0] as TreeNode;
      for (const choice of sequence) node = this.#child(node, this.#choiceId(choice));
      if (!node.chunks.includes(id)) node.chunks.push(id);
    }
    this.#choicesOf = undefined;
    if (this.#states.length > 2) this.#forget();
    return id;
  }

  /** The state after a first word of this type. */
  first(type: number): number {
    this.work += 1;
    const known = this.#firstStates[type];
    if (known !== undefined && known !== -1) return known;
    if (known === undefined) this.#firstStates = new Int32Array(this.#index.types).fill(-1);
    const state = this.#makeStep(startState, type);
    this.#firstStates[type] = state;
    return state;
  }

  /** The state after one more word of this type; {@link deadState} if nothing goes on. */
  next(state: number, type: number): number {
    const known = this.#steps.get(state, type);
    if (known !== -1) {
      this.work += 1;
      return known;
    }
    return this.#makeStep(state, type);
  }

  /** Chunks that end in this state. */
  endingAt(state: number): readonly number[] {
    return (this.#states[state] as State).chunks;
  }

  /** Adds the chunks that end in this state to a set of bits. */
  addTo(bits: Int32Array, state: number): void {
    const added = (this.#states[state] as State).bits;
    for (let i = 0; i < added.length; i += 1) {
      bits[i] = (bits[i] as number) | (added[i] as number);
    }
  }

  /** Whether a chunk ends in this state. */
  endsAt(state: number, chunk: number): boolean {
    const word = (this.#states[state] as State).bits[chunk >> 5] as number;
    return ((word >>> (chunk & 31)) & 1) === 1;
  }

  /** To be called between texts: begins anew where too much was kept, and says so. */
  tidy(): boolean {
    if (this.#states.length <= statesMax) return false;
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#steps = new EdgeTable();
    this.#firstStates = new Int32Array(0);
    const bits = new Int32Array(0);
    this.#states = [
      { nodes: [], chunks: [], bits },
      { nodes: [0], chunks: [], bits },
    ];
    this.#stateOf = new Map([
      ['', deadState],
      ['0', startState],
    ]);
  }

  #makeStep(state: number, type: number): number {
    const choices = (this.#choicesOf ??= this.#choicesByType())[type] as Set<number>;
    const targets: number[] = [];
    for (const node of (this.#states[state] as State).nodes) {
      for (const { choice, target } of (this.#nodes[node] as TreeNode).edges) {
        this.work += 1;
        if (choices.has(choice)) targets.push(target);
      }
    }
    const key = targets.join(',');
    let next = this.#stateOf.get(key);
    if (next === undefined) {
      next = this.#states.length;
      this.#stateOf.set(key, next);
      const chunks = targets.flatMap((node) => (this.#nodes[node] as TreeNode).chunks);
      const bits = new Int32Array(chunks.length === 0 ? 0 : (this.chunks >> 5) + 1);
      for (const chunk of chunks)
        bits[chunk >> 5] = (bits[chunk >> 5] as number) | (1 << (chunk & 31));
      this.#states.push({ nodes: targets, chunks: [...new Set(chunks)], bits });
    }
    this.#steps.set(state, type, next);
    return next;
  }

  #choicesByType(): Set<number>[] {
    const byType = Array.from({ length: this.#index.types }, () => new Set<number>());
    for (const [choice, members] of this.#members.entries()) {
      for (const member of members) byType[member]?.add(choice);
    }
    return byType.map((own, type) => {
      const all = new Set(own);
      for (const also of this.#index.alsoOf(type)) {
        for (const choice of byType[also] as Set<number>) all.add(choice);
      }
      return all;
    });
  }

  #child(node: TreeNode, choice: number): TreeNode {
    const known = node.edges.find((edge) => edge.choice === choice);
    if (known !== undefined) return this.#nodes[known.target] as TreeNode;
    const child: TreeNode = { edges: [], chunks: [] };
    node.edges.push({ choice, target: this.#nodes.length });
    this.#nodes.push(child);
    return child;
  }

  #choiceId(choice: WordChoice): number {
    const members = [...new Set(choice.map((word) => this.#typeOf(word)))].sort((a, b) => a - b);
    const key = members.join(',');
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const id = this.#members.length;
    this.#choices.set(key, id);
    this.#members.push(new Set(members));
    return id;
  }

  #typeOf(word: PhraseWord): number {
    switch (word.kind) {
      case 'address':
        return addressWord;
      case 'number':
        return numberWord;
      case 'stem':
        return this.#index.add(word.text, true);
      case 'word':
        return this.#index.add(word.text, false);
    }
  }
}
