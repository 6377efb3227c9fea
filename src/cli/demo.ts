import type { Command } from 'commander';
import { sendCountMax, sendCountMin } from '../demo/demo-mails.ts';
import { runDemo } from '../demo/run-demo.ts';
import { validationError } from '../runtime/errors.ts';
import { onStopSignals } from '../runtime/shutdown.ts';
import { startChild } from './child-process.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf demo`. */
export function addDemoVerb(program: Command): void {
  addVerb(
    program,
    'demo',
    'Run the whole system once on this machine: masked mails, a BCC copy, one history.',
    'onbehalf demo',
  )
    .option('--sends <count>', 'recipients in all', '300')
    .addHelpText(
      'after',
      '\nIt needs redis-server and dovecot, and no configuration: the one you have is not read.\nWhat it did stays in .onbehalf/demo, which it empties at its start.',
    )
    .action(async (options: { sends: string }, command: Command) => {
      const { terminal } = verbCall(command);
      const sendCount = readSendCount(options.sends);
      const stop = new AbortController();
      let ended: () => void = () => undefined;
      const end = new Promise<void>((resolve) => (ended = resolve));
      const forget = onStopSignals({
        stop: async () => {
          stop.abort();
          await end;
        },
        // After an orderly stop the demo rejects, which ends the process with its message.
        exit: (code) => {
          if (code !== 0) process.exit(code);
        },
      });
      stopWhenNobodyReads(stop);
      try {
        const report = await runDemo({
          terminal,
          columns: process.stdout.columns ?? 80,
          progressStream: process.stderr,
          stateDirectory: process.env['ONBEHALF_STATE_DIRECTORY'] || '.onbehalf',
          environment: process.env,
          startProcess: startChild,
          signal: stop.signal,
          sendCount,
        });
        terminal.json(report);
        if (!report.ok) process.exitCode = 1;
      } finally {
        forget();
        ended();
      }
    });
}

/**
 * A terminal that is closed, or a reader that has seen enough (`| head`), ends the demo in order:
 * ending at once, as other verbs do, would leave its servers running.
 */
function stopWhenNobodyReads(stop: AbortController): void {
  process.on('SIGHUP', () => stop.abort());
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error').on('error', () => stop.abort());
  }
}

function readSendCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= sendCountMin && count <= sendCountMax) return count;
  throw validationError('INVALID_INPUT', 'demo', [
    {
      field: '--sends',
      message: `must be a whole number from ${sendCountMin} to ${sendCountMax}`,
    },
  ]);
}
