/**
 * Edges of a graph by node and label: open addressing in typed arrays, because a lookup is made for
 * every character of every reply. Nodes and labels are whole numbers from 0, labels below 65,536.
 */
export class EdgeTable {
  #keys = new Float64Array(1024).fill(-1);
  #values = new Int32Array(1024);
  #size = 0;

  /** The node that the edge leads to, or -1. */
  get(node: number, label: number): number {
    const key = node * 65_536 + label;
    const mask = this.#keys.length - 1;
    for (let slot = slotOf(node, label) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#keys[slot];
      if (found === key) return this.#values[slot] as number;
      if (found === -1) return -1;
    }
  }

  /** Adds an edge; one that is there is replaced. */
  set(node: number, label: number, target: number): void {
    // At most half full, so that a miss ends soon.
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    if (this.#put(node, label, target)) this.#size += 1;
  }

  #put(node: number, label: number, target: number): boolean {
    const key = node * 65_536 + label;
    const mask = this.#keys.length - 1;
    let slot = slotOf(node, label) & mask;
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    const isNew = this.#keys[slot] === -1;
    this.#keys[slot] = key;
    this.#values[slot] = target;
    return isNew;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#values = new Int32Array(keys.length * 2);
    for (const [slot, key] of keys.entries()) {
      if (key === -1) continue;
      this.#put(Math.floor(key / 65_536), key % 65_536, values[slot] as number);
    }
  }
}

function slotOf(node: number, label: number): number {
  let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(label, 0x85ebca6b);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 7;
}
