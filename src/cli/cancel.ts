import type { Command } from 'commander';
import { OnbehalfError } from '../runtime/errors.ts';
import { cancelSend, type CancelAnswer } from '../queue/send-status.ts';
import { readConfig } from './context.ts';
import { openOperations, sendIdArgument } from './operations.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf cancel`. Exit code 0 when it is cancelled, 1 when it could not be. */
export function addCancelVerb(program: Command): void {
  addVerb(
    program,
    'cancel <sendId>',
    'Recall a send that has not gone out; says whether it still could be.',
    'onbehalf cancel abcdefghijklmnopqrstuvwxyz',
  )
    .option('--reason <text>', 'why, for the history', 'cancelled by an operator')
    .action(async (text: string, options: { reason: string }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const sendId = sendIdArgument('cancel', text);
      await using operations = await openOperations(await readConfig(globals));
      const answer = await cancelSend(operations, sendId, options.reason);
      if (answer.kind === 'unknown') {
        throw new OnbehalfError('SEND_UNKNOWN', `no send ${sendId} is known here`);
      }
      terminal.line(answerText(answer));
      terminal.json(answer);
      if (answer.kind !== 'cancelled') process.exitCode = 1;
    });
}

function answerText(answer: Exclude<CancelAnswer, { kind: 'unknown' }>): string {
  switch (answer.kind) {
    case 'cancelled':
      return answer.mayHaveArrived
        ? 'Cancelled: no further attempt. An earlier one ended without a reply, so it may have arrived.'
        : 'Cancelled: it will not be sent.';
    case 'in-flight':
      return 'Too late for this attempt: its body is on its way. Should it fail, cancel again.';
    case 'too-late':
      return `Too late: it is ${answer.state} already.`;
  }
}
