import { createColors } from './colors.ts';

/** Where a verb prints: results to standard output, everything else to standard error. */
export interface Terminal {
  /** One line of the result, for people. Nothing with `--json`. */
  line(text?: string): void;
  /** One line of JSON on standard output, only with `--json`. */
  json(value: unknown): void;
  /** One line for people on standard error. */
  note(text: string): void;
  /** Whether `--json` was given. */
  readonly wantsJson: boolean;
  /** Whether progress may be drawn: standard error is a terminal. */
  readonly drawsProgress: boolean;
  /** Colours for standard output; without a terminal they leave text as it is. */
  readonly colors: ReturnType<typeof createColors>;
}

/** The real terminal. */
export function openTerminal(wantsJson: boolean): Terminal {
  const colorful = process.stdout.isTTY && process.env['NO_COLOR'] === undefined && !wantsJson;
  return {
    line: (text = '') => {
      if (!wantsJson) process.stdout.write(`${text}\n`);
    },
    json: (value) => {
      if (wantsJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
    wantsJson,
    drawsProgress: process.stderr.isTTY,
    colors: createColors(colorful),
  };
}
