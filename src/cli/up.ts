import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import { joinOrStartRedis } from '../queue/shared-redis.ts';
import { validationError } from '../runtime/errors.ts';
import { readOrMakeKeys } from '../config/made-keys.ts';
import { mailboxesOf, processLogger, readConfig, routesOf } from './context.ts';
import { keepRunning } from './keep-running.ts';
import { serve } from './serve.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf up`. */
export function addUpVerb(program: Command): void {
  addVerb(
    program,
    'up',
    'Run everything on this machine: Redis (unless REDIS_URL is set), workers, history.',
    'onbehalf up --workers 2',
  )
    .option('--workers <count>', 'send workers (default: half the processors, at least one)')
    .action(async (options: { workers?: string }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const workers = workerCount(options.workers);
      const config = await readConfig(globals);
      const logger = processLogger(config, 'up');
      await readOrMakeKeys(config.stateDirectory);
      await using database = openDatabase({ file: config.database.file });
      await migrateDatabase(database);
      await database.close();
      const { url } = config.redis;
      const redis =
        url === undefined
          ? await joinOrStartRedis({ stateDirectory: config.stateDirectory, logger })
          : undefined;
      const environment = { ...process.env, REDIS_URL: redis?.url ?? url };
      const configArgs = globals.config === undefined ? [] : ['--config', globals.config];
      const group = await keepRunning({
        parts: [
          ...Array.from({ length: workers }, (_each, index) => ({
            name: `worker ${index + 1}`,
            args: [...configArgs, 'worker'],
          })),
          { name: 'history', args: [...configArgs, 'history'] },
        ],
        environment,
        logger,
        // Each process writes its own JSON lines; they pass through as they are.
        onLine: (line) => terminal.note(line),
      }).catch(async (error: unknown) => {
        await redis?.release();
        throw error;
      });
      await serve({
        stopWithParent: false,
        stop: async () => {
          await group.stop();
          await redis?.release();
        },
        announce: () => {
          terminal.line(
            `Onbehalf is up: ${workers} worker${workers === 1 ? '' : 's'}, one history process.`,
          );
          terminal.line(
            `  Redis     ${redis === undefined ? 'from the configuration' : redis.url}`,
          );
          for (const { host, port } of routesOf(config)) {
            terminal.line(`  relay     ${host}:${port}`);
          }
          terminal.line(`  database  ${config.database.file}`);
          const mailboxes = mailboxesOf(config);
          if (mailboxes.length === 0) terminal.line('  mailbox   none: no copies, no bounces');
          for (const { host } of mailboxes) terminal.line(`  mailbox   ${host}`);
          terminal.line('Stop it with Ctrl-C.');
          terminal.json({ ready: true, pid: process.pid, workers, redis: redis?.url ?? null });
        },
      });
    });
}

function workerCount(text: string | undefined): number {
  if (text === undefined) return Math.max(1, Math.floor(availableParallelism() / 2));
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count;
  throw validationError('INVALID_INPUT', 'up', [
    { field: '--workers', message: 'must be a whole number from 1 to 256' },
  ]);
}
