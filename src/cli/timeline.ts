import type { Command } from 'commander';
import { timelineOf } from '../history/store/timeline.ts';
import { readAddress } from '../mail/address.ts';
import { OnbehalfError, validationError } from '../runtime/errors.ts';
import { openHistoryToRead, readConfig } from './context.ts';
import { timelineText } from './timeline-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf timeline`. */
export function addTimelineVerb(program: Command): void {
  addVerb(
    program,
    'timeline <address>',
    'Show the history of a contact, newest first.',
    'onbehalf timeline bob@dest.example --limit 20',
  )
    .option('--tenant <tenant>', 'customer organisation', 'default')
    .option('--limit <count>', 'most lines', '50')
    .action(async (text: string, options: { tenant: string; limit: string }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const reading = readAddress(text);
      const limit = Number(options.limit);
      const problems = [
        ...(reading.ok ? [] : [{ field: 'address', message: `the address ${reading.reason}` }]),
        ...(Number.isInteger(limit) && limit > 0 && limit <= 10_000
          ? []
          : [{ field: '--limit', message: 'must be a whole number from 1 to 10,000' }]),
      ];
      if (!reading.ok || problems.length > 0) {
        throw validationError('INVALID_INPUT', 'timeline', problems);
      }
      const config = await readConfig(globals);
      await using database = await openHistoryToRead(config);
      const { tenant } = options;
      const timeline = await timelineOf(database, { tenant, address: reading.address, limit });
      if (timeline === undefined) {
        throw new OnbehalfError(
          'CONTACT_UNKNOWN',
          `nobody with the address ${reading.address} is in the history of tenant ${tenant}`,
        );
      }
      for (const line of timelineText(timeline, terminal.colors)) terminal.line(line);
      for (const line of timeline.lines) terminal.json(line);
      if (timeline.next !== undefined) terminal.note('There is more: raise --limit.');
    });
}
