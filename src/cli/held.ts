import type { Command } from 'commander';
import type { SendId } from '../mail/ids.ts';
import type { HeldDecision, HeldSend } from '../queue/held.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { openOperations, sendIdArgument, type Operations } from './operations.ts';
import { printable, timeText } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf held list|show|release|drop`. */
export function addHeldVerb(program: Command): void {
  const held = program
    .command('held')
    .description('Sends that wait for a person: something is wrong that waiting does not mend.');

  addVerb(held, 'list', 'List held sends and why.', 'onbehalf held list')
    .option('--limit <count>', 'most sends', '1000')
    .action(async (options: { limit: string }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      await using operations = await openOperations(await readConfig(globals));
      const sends = await operations.held.list(Math.max(1, Number(options.limit) || 1000));
      const { dim } = terminal.colors;
      for (const send of sends) {
        const since = send.heldAt === undefined ? '' : timeText(send.heldAt);
        terminal.line(`${send.job.sendId}  ${dim(since)}  ${send.job.recipient}`);
        terminal.line(`  ${printable(send.reason ?? '(no reason kept)')}`);
        terminal.json(recordOf(send));
      }
      if (sends.length === 0) terminal.line('Nothing is held.');
    });

  addVerb(held, 'show <sendId>', 'Show one held send.', 'onbehalf held show <sendId>').action(
    async (text: string, _options: object, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const sendId = sendIdArgument('held show', text);
      await using operations = await openOperations(await readConfig(globals));
      const send = await operations.held.show(sendId);
      if (send === undefined) throw notHeld(sendId);
      const record = recordOf(send);
      for (const [name, value] of Object.entries(record)) {
        const shown = name.endsWith('At') && typeof value === 'number' ? timeText(value) : value;
        terminal.line(`${name.padEnd(12)} ${printable(String(shown))}`);
      }
      terminal.json(record);
    },
  );

  addDecision(
    held,
    'release',
    'Send it again: it gets as much time as it was given first, from now on.',
    async ({ held: sends }, sendId) => sends.release(sendId),
  );
  addDecision(held, 'drop', 'End it as cancelled.', async ({ held: sends }, sendId) =>
    sends.drop(sendId),
  );
}

function addDecision(
  held: Command,
  name: string,
  description: string,
  decide: (operations: Operations, sendId: SendId) => Promise<HeldDecision>,
): void {
  addVerb(held, `${name} [sendIds...]`, description, `onbehalf held ${name} <sendId>`)
    .option('--all', 'all that are held now')
    .action(async (texts: string[], options: { all?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const named = texts.map((text) => sendIdArgument(`held ${name}`, text));
      await using operations = await openOperations(await readConfig(globals));
      const all = options.all === true ? await operations.held.list(Infinity) : [];
      const sendIds = [...named, ...all.map(({ job }) => job.sendId)];
      for (const sendId of sendIds) {
        const decision = await decide(operations, sendId);
        terminal.line(`${sendId}  ${decisionText(decision)}`);
        terminal.json({ sendId, ...decision });
        if (decision.kind === 'busy' || decision.kind === 'not-held') process.exitCode = 1;
      }
    });
}

function decisionText(decision: HeldDecision): string {
  switch (decision.kind) {
    case 'released':
      return `released, until ${timeText(decision.expiresAt)}`;
    case 'dropped':
      return 'dropped';
    case 'busy':
      return 'its job is just ending: try again in a moment';
    case 'not-held':
      return 'is not held';
  }
}

/** A held send as it is printed. */
function recordOf({ job, ...rest }: HeldSend): Readonly<Record<string, unknown>> {
  const { sendId, messageId, tenant, recipient, kind, createdAt, sendAt, expiresAt } = job;
  return { sendId, messageId, tenant, recipient, kind, createdAt, sendAt, expiresAt, ...rest };
}

function notHeld(sendId: SendId): OnbehalfError {
  return new OnbehalfError('SEND_UNKNOWN', `send ${sendId} is not held`);
}
