import { Context, type Emitter, type Liquid } from 'liquidjs';
import { textOf } from './text-of.ts';

/*
 * What filling a template may cost, counted and not timed: a template that can be filled once can be
 * filled again, on a machine that is slower or busy. The engine's own limit of time is asked before each
 * output, tag and round of a loop, so it is given a counter in its place.
 */

/** Most steps of loops of a template with short tags, beyond one pass over it. */
const stepsMax = 10_000;
/** A tag of this many characters is short; a step of a longer one may cost more, so there are fewer. */
const shortTagLength = 40;
/** Most characters of a filled text. */
const filledLengthMax = 1_000_000;

/** What is known of a template before it is filled. */
export interface TemplateSize {
  /** Texts, outputs and tags in it. */
  readonly tokens: number;
  /** Characters of its longest output or tag. */
  readonly longestTag: number;
}

/** What the engine evaluates with: the variables, and what is left of the budget. */
export function budgetedContext(
  engine: Liquid,
  variables: Readonly<Record<string, string>>,
  size: TemplateSize,
): Context {
  const longest = Math.max(size.longestTag, shortTagLength);
  let left = 3 * size.tokens + Math.floor((stepsMax * shortTagLength) / longest);
  const stepLimit = {
    use: () => undefined,
    check: () => {
      left -= 1;
      if (left < 0) throw new RangeError('takes too many steps to fill');
    },
  };
  // The first error ends it: what is over its budget must not go on with the next tag.
  const options = { ...engine.options, catchAllErrors: false };
  const limits = { renderLimit: stepLimit as unknown as Context['renderLimit'], liquid: engine };
  return new Context(variables, options, { sync: true }, limits);
}

/** Takes what is written, up to the longest text that a template may give. */
export function boundedEmitter(): Emitter {
  return {
    buffer: '',
    write(value: unknown) {
      this.buffer += textOf(value);
      if (this.buffer.length > filledLengthMax) {
        throw new RangeError(`gives more than ${filledLengthMax} characters`);
      }
    },
  };
}
