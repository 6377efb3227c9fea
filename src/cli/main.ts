#!/usr/bin/env node
import { Command } from 'commander';
import { codeOf, messageOf, problemsOf, type Problem } from '../runtime/errors.ts';
import { addBreakerVerb } from './breaker.ts';
import { addCancelVerb } from './cancel.ts';
import { addClassifyVerb } from './classify.ts';
import { addDemoVerb } from './demo.ts';
import { addDoctorVerb } from './doctor.ts';
import { addDomainVerb } from './domain.ts';
import { addHeldVerb } from './held.ts';
import { addHistoryVerb } from './history.ts';
import { addLimitVerb } from './limit.ts';
import { addMigrateVerb } from './migrate.ts';
import { packageVersion } from './package-version.ts';
import { addPreviewVerb } from './preview.ts';
import { addSendVerb } from './send.ts';
import { addSenderVerb } from './sender.ts';
import { addSlowdownVerb } from './slowdown.ts';
import { addStatusVerb } from './status.ts';
import { addSuppressVerb } from './suppress.ts';
import { addTimelineVerb } from './timeline.ts';
import { addUpVerb } from './up.ts';
import { addWhyVerb } from './why.ts';
import { addWorkerVerb } from './worker.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong usage. */
const usageCodes = ['INVALID_INPUT'];

const program = new Command('onbehalf')
  .description('Masked email: mail that a system sends on behalf of its users.')
  .version(packageVersion())
  .option('--config <file>', 'configuration file (default: onbehalf.config.json or .js, if there)')
  .showHelpAfterError('(add --help for the options of a verb)')
  .exitOverride();

addDemoVerb(program);
addUpVerb(program);
addWorkerVerb(program);
addHistoryVerb(program);
addSendVerb(program);
addCancelVerb(program);
addHeldVerb(program);
addLimitVerb(program);
addSlowdownVerb(program);
addBreakerVerb(program);
addSuppressVerb(program);
addStatusVerb(program);
addWhyVerb(program);
addPreviewVerb(program);
addSenderVerb(program);
addTimelineVerb(program);
addClassifyVerb(program);
addDomainVerb(program);
addMigrateVerb(program);
addDoctorVerb(program);
inherit(program);

// A reader that closes the pipe early (`| head`) has seen enough. A verb that serves goes on: it
// printed its result when it started, and ends by a signal only.
process.stdout.on('error', (error) => {
  if (process.listenerCount('SIGTERM') > 0) return;
  process.exit(codeOf(error) === 'EPIPE' ? 0 : 1);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Settings that commander does not hand down to verbs made with `command()`. */
function inherit(command: Command): void {
  for (const verb of command.commands) {
    verb.exitOverride();
    inherit(verb);
  }
}

function report(error: unknown): number {
  const code = codeOf(error) ?? 'UNEXPECTED';
  if (code.startsWith('commander.')) {
    // The parser has printed its own message. Asking for help or the version is no error.
    if (typeof error === 'object' && error !== null && 'exitCode' in error && error.exitCode === 0)
      return 0;
    printError('INVALID_INPUT', messageOf(error).replace(/^error: /, ''), []);
    return 2;
  }
  const problems = problemsOf(error);
  printError(code, messageOf(error), problems);
  if (problems.length > 0) {
    process.stderr.write(`onbehalf: ${code}\n`);
    for (const { field, message } of problems) process.stderr.write(`  ${field}: ${message}\n`);
  } else {
    process.stderr.write(`onbehalf: ${messageOf(error)} (${code})\n`);
    if (code === 'UNEXPECTED' && typeof error === 'object' && error !== null && 'stack' in error) {
      process.stderr.write(`${String(error.stack)}\n`);
    }
  }
  return usageCodes.includes(code) ? 2 : 1;
}

/** With `--json`, the error as the one line of standard output. */
function printError(code: string, message: string, problems: readonly Problem[]): void {
  if (!process.argv.includes('--json')) return;
  process.stdout.write(`${JSON.stringify({ error: { code, message, problems } })}\n`);
}
