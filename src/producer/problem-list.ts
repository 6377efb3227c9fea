import type { Problem } from '../runtime/errors.ts';

/** Collects what is wrong with an input, so that all of it is reported at once. */
export interface ProblemList {
  /** Notes a problem of a field. */
  add(field: string, message: string): void;
  /** All problems so far. */
  readonly found: readonly Problem[];
}

/** An empty list. */
export function createProblemList(): ProblemList {
  const found: Problem[] = [];
  return {
    add: (field, message) => {
      found.push({ field, message });
    },
    found,
  };
}

/** A name that the caller chose, fit to be shown as part of a field. */
export function printableName(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));
}
