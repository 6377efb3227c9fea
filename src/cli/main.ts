#!/usr/bin/env node
import { Command } from 'commander';
import { codeOf, messageOf, problemsOf, type Problem } from '../runtime/errors.ts';
import { packageVersion } from './package-version.ts';

/**
 * Where each verb is, in the order of the help. Only the one that is called is loaded: all of them are
 * everything there is.
 */
const verbs: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./demo.ts')).addDemoVerb,
  up: async () => (await import('./up.ts')).addUpVerb,
  worker: async () => (await import('./worker.ts')).addWorkerVerb,
  history: async () => (await import('./history.ts')).addHistoryVerb,
  send: async () => (await import('./send.ts')).addSendVerb,
  cancel: async () => (await import('./cancel.ts')).addCancelVerb,
  held: async () => (await import('./held.ts')).addHeldVerb,
  limit: async () => (await import('./limit.ts')).addLimitVerb,
  slowdown: async () => (await import('./slowdown.ts')).addSlowdownVerb,
  breaker: async () => (await import('./breaker.ts')).addBreakerVerb,
  suppress: async () => (await import('./suppress.ts')).addSuppressVerb,
  status: async () => (await import('./status.ts')).addStatusVerb,
  why: async () => (await import('./why.ts')).addWhyVerb,
  preview: async () => (await import('./preview.ts')).addPreviewVerb,
  sender: async () => (await import('./sender.ts')).addSenderVerb,
  timeline: async () => (await import('./timeline.ts')).addTimelineVerb,
  classify: async () => (await import('./classify.ts')).addClassifyVerb,
  domain: async () => (await import('./domain.ts')).addDomainVerb,
  migrate: async () => (await import('./migrate.ts')).addMigrateVerb,
  doctor: async () => (await import('./doctor.ts')).addDoctorVerb,
};

/** Exit codes: 0 done, 1 failed, 2 wrong usage. */
const usageCodes = ['INVALID_INPUT'];

const program = new Command('onbehalf')
  .description('Masked email: mail that a system sends on behalf of its users.')
  .version(packageVersion())
  .option('--config <file>', 'configuration file (default: onbehalf.config.json or .js, if there)')
  .showHelpAfterError('(add --help for the options of a verb)')
  .exitOverride();

for (const load of verbsToLoad(process.argv.slice(2))) (await load())(program);
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

/** The verb that is called; all of them for the help, and where none is. */
function verbsToLoad(
  args: readonly string[],
): readonly (() => Promise<(program: Command) => void>)[] {
  const words = args.filter((word, at) => !word.startsWith('-') && args[at - 1] !== '--config');
  const [called = ''] = words[0] === 'help' ? words.slice(1) : words;
  const load = Object.hasOwn(verbs, called) ? verbs[called] : undefined;
  return load === undefined ? Object.values(verbs) : [load];
}
