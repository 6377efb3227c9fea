import { relative } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { bob, provider, users } from './cast.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import type { DemoCheck } from './demo-totals.ts';
import { wrap } from './layout.ts';

/** What every chapter of the demo needs. */
export interface Story {
  readonly terminal: DemoTerminal;
  /** Columns to use. */
  readonly columns: number;
  /** Where a progress bar is drawn. */
  readonly progressStream: NodeJS.WritableStream;
  readonly sendCount: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Begins the next chapter. */
  readonly chapter: (title: string) => void;
}

/** Counts the chapters of a story and prints their titles. */
export function createChapters(terminal: DemoTerminal): Story['chapter'] {
  let number = 0;
  return (title) => {
    number += 1;
    terminal.line();
    terminal.line(` ${terminal.colors.bold(`${number}  ${title}`)}`);
  };
}

/** Says what the story is about. */
export function introduce({ terminal, columns, sendCount }: Story): void {
  const { bold, dim } = terminal.colors;
  const names = users.map(({ name }) => name.split(' ')[0]);
  terminal.line();
  terminal.line(` ${bold('Onbehalf')}`);
  const text = `${provider.name} is a CRM. ${names.slice(0, -1).join(', ')} and ${names.at(-1)} write to their contacts in it, and it sends ${sendCount} of their mails on their behalf. Everything below really happens, on this machine only.`;
  for (const line of wrap(text, columns - 2)) terminal.line(` ${dim(line)}`);
}

/** Says what is done, and how long it took since a time. */
export function tellDone({ terminal, clock }: Story, what: string, since: number): void {
  const { green, dim } = terminal.colors;
  terminal.line(`   ${green('✔')} ${what} ${dim(`(${secondsText(clock.now() - since)})`)}`);
}

/** Prints the checks; one that fails is also told beside the story. */
export function showChecks({ terminal }: Story, checks: readonly DemoCheck[]): void {
  const { green, red } = terminal.colors;
  for (const { holds, text } of checks) {
    terminal.line(`   ${holds ? green('✔') : red('✘')} ${text}`);
    if (!holds) terminal.note(`does not add up: ${text}`);
  }
}

/**
 * Says how it ended, and what to do next.
 *
 * @param directory where the demo's state lies
 */
export function conclude(
  { terminal }: Story,
  end: { readonly ok: boolean; readonly durationMs: number; readonly directory: string },
): void {
  const { bold, cyan, dim, green, red } = terminal.colors;
  const directory = relative('', end.directory) || '.';
  const stopped = `${secondsText(end.durationMs)}; everything is stopped again.`;
  terminal.line();
  terminal.line(
    end.ok
      ? ` ${green(bold('It all adds up.'))} ${dim(stopped)}`
      : ` ${red(bold('It does not add up.'))} ${dim(`${stopped} The logs are in ${directory}/logs.`)}`,
  );
  terminal.line();
  terminal.line(` ${dim('The history is still there. Ask it:')}`);
  terminal.line(`   ${cyan(`ONBEHALF_STATE_DIRECTORY=${directory} \\`)}`);
  terminal.line(`     ${cyan(`npx onbehalf timeline ${bob.address}`)}`);
  terminal.line(` ${dim('Run it with your own relay and mailbox:')}`);
  terminal.line(`   ${cyan('npx onbehalf up --help')}`);
  terminal.line();
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
