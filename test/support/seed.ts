/** Random numbers that can be repeated. */
export interface SeededRandom {
  readonly seed: number;
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  /** One of the items, which must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
}

/**
 * A source of random numbers whose seed is printed, so that a failure can be repeated with
 * `ONBEHALF_SEED=<seed>`. Not for secrets.
 *
 * @param seed default: `ONBEHALF_SEED`, else a new one
 */
export function seededRandom(seed: number = seedOfRun()): SeededRandom {
  process.stderr.write(`seed ${seed} (repeat with ONBEHALF_SEED=${seed})\n`);
  let state = seed >>> 0;
  // A Weyl sequence scrambled by xor, shift and multiply (the murmur3 finisher).
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    seed,
    next,
    integer,
    pick(items) {
      const item = items[integer(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

function seedOfRun(): number {
  const given = Number(process.env['ONBEHALF_SEED']);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1;
}
