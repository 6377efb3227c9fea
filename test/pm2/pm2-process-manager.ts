import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { processRuns } from '../support/process-runs.ts';
import { outputOf } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';

/** A process as pm2 lists it. */
export interface ListedProcess {
  readonly name: string;
  readonly pid: number;
  readonly pm2_env: { readonly status: string };
}

/** A pm2 of its own, with a home folder of its own. */
export interface ProcessManager {
  /** Runs a pm2 command to its end. */
  run(...args: readonly string[]): Promise<string>;
  /** The processes of an app. */
  list(name: string): Promise<readonly ListedProcess[]>;
  /** All that the processes of an app have logged. */
  log(name: string): string;
  /** Ends every process in order, then pm2 itself; fails when anything runs on. */
  end(): Promise<void>;
}

/** Starts pm2's daemon; it is ended at the end of the file. */
export async function startProcessManager(environment: NodeJS.ProcessEnv): Promise<ProcessManager> {
  const home = join(temporaryFolder(), 'pm2');
  const pids = new Set<number>();
  const run: ProcessManager['run'] = async (...args) =>
    outputOf(join(cloneRoot, 'node_modules/.bin/pm2'), args, {
      cwd: cloneRoot,
      environment: { ...environment, PM2_HOME: home },
    });
  const listAll = async (): Promise<readonly ListedProcess[]> => {
    const listed = JSON.parse(await run('jlist', '--silent')) as ListedProcess[];
    for (const { pid } of listed) if (pid > 0) pids.add(pid);
    return listed;
  };
  const stop = async (): Promise<void> => {
    const pidFile = join(home, 'pm2.pid');
    if (!existsSync(pidFile)) return;
    pids.add(Number(readFileSync(pidFile, 'utf8')));
    await listAll();
    await run('kill');
    await eventually(() => ![...pids].some(processRuns), {
      what: 'the end of pm2 and its processes',
    });
  };
  let stopping: Promise<void> | undefined;
  const end = async (): Promise<void> => (stopping ??= stop());
  atEnd(end);
  await run('ping');
  return {
    run,
    async list(name) {
      return (await listAll()).filter((each) => each.name === name);
    },
    log(name) {
      const folder = join(home, 'logs');
      const files = readdirSync(folder).filter((file) => file.startsWith(`${name}-error`));
      return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('');
    },
    end,
  };
}
