import type { Command } from 'commander';
import { readConfig } from './context.ts';
import { runChecks } from './doctor-checks.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf doctor`. */
export function addDoctorVerb(program: Command): void {
  addVerb(
    program,
    'doctor',
    'Check every outside part (Redis, database, relay, mailbox) and say what to do.',
    'onbehalf doctor',
  ).action(async (_options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    const { green, red, yellow, bold, dim } = terminal.colors;
    const config = await readConfig(globals);
    const results = await runChecks(config);
    for (const { name, state, detail, advice } of results) {
      const mark = { ok: green('ok  '), warning: yellow('warn'), failed: red('FAIL') }[state];
      terminal.line(`${mark}  ${bold(name.padEnd(10))}${detail}`);
      if (advice !== undefined) terminal.line(`      ${dim('→')} ${advice}`);
      terminal.json({ name, state, detail, ...(advice === undefined ? {} : { advice }) });
    }
    if (results.some(({ state }) => state === 'failed')) process.exitCode = 1;
  });
}
