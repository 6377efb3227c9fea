import type { Command } from 'commander';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import { newDropboxToken } from '../history/history.ts';
import { dropboxAddressOf } from '../history/intake/dropbox-token.ts';
import { addSender, listSenders } from '../history/store/senders.ts';
import { readAddress } from '../mail/address.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { validationError, type Problem } from '../runtime/errors.ts';
import { dropboxAddressing, openHistoryToRead, readConfig } from './context.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf sender add|list`. */
export function addSenderVerb(program: Command): void {
  const sender = program
    .command('sender')
    .description('Users whose own mail goes into the history by BCC.');
  addVerb(
    sender,
    'add <address>',
    'Register a sender and give her a dropbox address. It is shown once.',
    'onbehalf sender add jane@acme.example --name "Jane Doe"',
  )
    .requiredOption('--name <name>', 'name of the sender')
    .option('--tenant <tenant>', 'customer organisation', 'default')
    .action(
      async (address: string, options: { name: string; tenant: string }, command: Command) => {
        const { globals, terminal } = verbCall(command);
        const config = await readConfig(globals);
        const wanted = checkSender(address, options);
        await using database = openDatabase({ file: config.database.file });
        await migrateDatabase(database);
        const added = await addSender(database, wanted, newDropboxToken, Date.now());
        if (added.kind === 'exists') {
          terminal.line(`${added.sender.address} is registered already; nothing was changed.`);
          terminal.json({ ...added.sender, added: false });
          return;
        }
        const dropbox = dropboxAddressOf(added.token, dropboxAddressing(config));
        terminal.line(`${wanted.name} <${wanted.address}> is registered. Her dropbox address is`);
        terminal.line();
        terminal.line(`  ${terminal.colors.bold(dropbox)}`);
        terminal.line();
        terminal.line(
          'Put in BCC, it files a mail under each contact in To and Cc. Keep it secret:',
        );
        terminal.line('it is not shown again.');
        terminal.json({ ...added.sender, added: true, dropbox });
      },
    );
  addVerb(sender, 'list', 'List the registered senders.', 'onbehalf sender list --tenant acme')
    .option('--tenant <tenant>', 'only this customer organisation')
    .action(async (options: { tenant?: string }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const config = await readConfig(globals);
      await using database = await openHistoryToRead(config);
      const senders = await listSenders(database, options.tenant);
      for (const each of senders) {
        terminal.line(`${each.tenant}  ${each.address}  ${each.name}`);
        terminal.json(each);
      }
      if (senders.length === 0) terminal.note('No senders are registered: onbehalf sender add');
    });
}

function checkSender(text: string, options: { name: string; tenant: string }) {
  const problems: Problem[] = [];
  const reading = readAddress(text);
  if (!reading.ok) problems.push({ field: 'address', message: `the address ${reading.reason}` });
  const name = options.name.trim();
  const nameProblem = name === '' ? 'is empty' : headerTextProblem(name);
  if (nameProblem !== undefined) problems.push({ field: '--name', message: nameProblem });
  if (options.tenant === '') problems.push({ field: '--tenant', message: 'is empty' });
  if (!reading.ok || problems.length > 0) {
    throw validationError('INVALID_INPUT', 'sender add', problems);
  }
  return { tenant: options.tenant, name, address: reading.address };
}
