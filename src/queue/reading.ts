import { OnbehalfError, validationError, type ErrorCode, type Problem } from '../runtime/errors.ts';
import { shapeOf } from '../runtime/shape.ts';

/** A record of unknown origin. */
export type Unchecked = Readonly<Record<string, unknown>>;

/**
 * Reads the fields of a JSON object from outside, collecting every problem; {@link finish} throws
 * them all at once. Each getter returns a value of its type even after a problem, so that reading
 * goes on.
 */
export class FieldReader {
  readonly #source: Unchecked;
  readonly #problems: Problem[] = [];

  constructor(source: Unchecked) {
    this.#source = source;
  }

  /** A non-empty text. */
  text(field: string): string {
    const value = this.#source[field];
    if (typeof value === 'string' && value !== '') return value;
    return this.#problem(field, 'must be a non-empty text', '');
  }

  /** A non-empty text that satisfies the test. */
  checkedText<T extends string>(
    field: string,
    test: (value: unknown) => value is T,
    what: string,
  ): T {
    const value = this.#source[field];
    if (test(value)) return value;
    return this.#problem(field, `must be ${what}`, '' as T);
  }

  /** A whole number that is not negative. */
  count(field: string): number {
    const value = this.#source[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return this.#problem(field, 'must be a whole number from 0', 0);
  }

  /** One of a fixed list. */
  oneOf<T extends string>(field: string, allowed: readonly T[]): T {
    const value = this.#source[field];
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    return this.#problem(field, `must be one of ${allowed.join(', ')}`, allowed[0] as T);
  }

  /** A list of texts, which may be empty. */
  texts(field: string): readonly string[] {
    const value = this.#source[field];
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
    return this.#problem(field, 'must be a list of texts', []);
  }

  /** The value true, the only one of fields that are otherwise left out. */
  isTrue(field: string): boolean {
    return this.#source[field] === true || this.#problem(field, 'must be true or absent', false);
  }

  /** What a test makes of the field; undefined, and a problem, where it makes nothing of it. */
  valueOf<T>(field: string, what: string, test: (value: unknown) => T | undefined): T | undefined {
    const value = test(this.#source[field]);
    return value === undefined ? this.#problem(field, `must be ${what}`, undefined) : value;
  }

  /** Whether the field is there at all. */
  has(field: string): boolean {
    return this.#source[field] !== undefined;
  }

  /** Notes that a field does not fit the others. */
  reject(field: string, message: string): void {
    this.#problem(field, message, undefined);
  }

  /** Throws when any field had a problem. */
  finish(code: ErrorCode, what: string): void {
    if (this.#problems.length > 0) throw validationError(code, what, this.#problems);
  }

  #problem<T>(field: string, message: string, fallback: T): T {
    const value = this.#source[field];
    this.#problems.push({ field, message: `${message}, is ${shapeOf(value)}` });
    return fallback;
  }
}

/**
 * Checks that a value is an object of a version we read, and returns it.
 *
 * @throws OnbehalfError `NEWER_VERSION` when `v` is above `newest`, else `code`
 */
export function readVersioned(
  value: unknown,
  newest: number,
  code: ErrorCode,
  what: string,
): Unchecked {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OnbehalfError(code, `${what} must be an object, is ${shapeOf(value)}`);
  }
  const source = value as Unchecked;
  const version = source['v'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new OnbehalfError(code, `${what} has no version number in "v"`);
  }
  if (version > newest) {
    throw new OnbehalfError(
      'NEWER_VERSION',
      `${what} has version ${version}, this process reads up to ${newest}; upgrade it`,
    );
  }
  return source;
}
