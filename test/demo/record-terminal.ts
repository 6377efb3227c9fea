import type { DemoTerminal } from '../../src/demo/demo-terminal.ts';

/** A terminal that keeps what is printed, without colours. */
export interface RecordedTerminal extends DemoTerminal {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/** Makes one. */
export function recordTerminal(): RecordedTerminal {
  const lines: string[] = [];
  const notes: string[] = [];
  const plain = (text: string): string => text;
  return {
    lines,
    notes,
    line: (text = '') => void lines.push(text),
    note: (text) => void notes.push(text),
    drawsProgress: false,
    colors: { bold: plain, dim: plain, green: plain, yellow: plain, red: plain, cyan: plain },
  };
}
