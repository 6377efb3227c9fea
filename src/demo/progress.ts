import { SingleBar } from 'cli-progress';
import type { DemoTerminal } from './demo-terminal.ts';

/** Shows how far the work is. */
export interface Progress {
  update(done: number): void;
  /** Takes the bar away; may be called twice. */
  end(): void;
}

/**
 * Progress towards a total: a bar where one can be drawn, else a line at each quarter.
 *
 * @param stream where the bar is drawn; the terminal's standard error
 */
export function startProgress(
  terminal: DemoTerminal,
  stream: NodeJS.WritableStream,
  total: number,
  what: string,
): Progress {
  return terminal.drawsProgress
    ? bar(terminal, stream, total, what)
    : quarterLines(terminal, total, what);
}

function bar(
  { colors }: DemoTerminal,
  stream: NodeJS.WritableStream,
  total: number,
  what: string,
): Progress {
  const drawn = new SingleBar({
    format: `   ${colors.green('{bar}')} {value} of {total} ${what}`,
    barCompleteChar: '━',
    barIncompleteChar: '╌',
    barsize: 36,
    fps: 20,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    // Signals are ours; we end the bar ourselves.
    gracefulExit: false,
  });
  drawn.start(total, 0);
  return { update: (done) => drawn.update(done), end: () => drawn.stop() };
}

function quarterLines(terminal: DemoTerminal, total: number, what: string): Progress {
  let quarter = 0;
  return {
    update(done) {
      const reached = Math.floor((done / total) * 4);
      if (reached <= quarter) return;
      quarter = reached;
      terminal.note(`${done} of ${total} ${what}`);
    },
    end: () => undefined,
  };
}
