/** Counts characters that texts and patterns are asked to look at. */
export interface WorkCounter {
  readonly steps: () => number;
  readonly stop: () => void;
}

type Method = (this: never, ...input: never[]) => unknown;

/**
 * Counts the characters that the methods of strings and patterns look at, until it is stopped: a measure
 * of work that no busy machine changes.
 */
export function countWork(): WorkCounter {
  let steps = 0;
  const undo: (() => void)[] = [];
  const wrap = (
    owner: object,
    name: string,
    cost: (self: never, input: readonly unknown[], result: unknown) => number,
  ): void => {
    const original = Reflect.get(owner, name) as Method;
    const replaced = function (this: never, ...input: never[]): unknown {
      const before = regExpIndex(this);
      const result: unknown = Reflect.apply(original, this, input);
      steps += Math.max(1, cost(this, [...input, before], result));
      return result;
    };
    Object.defineProperty(owner, name, { value: replaced, configurable: true, writable: true });
    undo.push(() => {
      Object.defineProperty(owner, name, { value: original, configurable: true, writable: true });
    });
  };

  const forward = (self: string, [what, from = 0]: readonly unknown[], found: unknown): number =>
    (found === -1 ? self.length : Number(found) + String(what).length) -
    Math.min(Number(from), self.length);
  wrap(String.prototype, 'indexOf', forward);
  wrap(String.prototype, 'lastIndexOf', (self: string, input, found) => {
    const from = input.length > 2 ? Math.min(Number(input[1]), self.length) : self.length;
    return from - Math.max(0, Number(found));
  });
  for (const name of ['slice', 'charCodeAt']) {
    wrap(String.prototype, name, (_: string, _input, result) =>
      typeof result === 'string' ? result.length : 1,
    );
  }
  for (const name of ['split', 'trim', 'toLowerCase', 'replaceAll', 'includes']) {
    wrap(String.prototype, name, (self: string) => self.length);
  }
  // A pattern without `g` looks from the beginning, one with it from where it was.
  wrap(RegExp.prototype, 'exec', (self: RegExp, input, result) => {
    const text = String(input[0]);
    const before = self.global ? Number(input.at(-1)) : 0;
    const found = result as RegExpExecArray | null;
    const end = found === null ? text.length : found.index + found[0].length;
    return end - before;
  });
  return {
    steps: () => steps,
    stop() {
      for (const each of undo.splice(0)) each();
    },
  };
}

const regExpIndex = (self: unknown): number => (self instanceof RegExp ? self.lastIndex : 0);
