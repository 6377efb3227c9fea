/**
 * pm2: send workers and one history process.
 *
 *   npm run build && npx onbehalf migrate
 *   pm2 start ecosystem.config.js               ONBEHALF_WORKERS=4 for four workers
 *   pm2 scale onbehalf-worker 8                 more, or fewer, at any time
 *   pm2 reload ecosystem.config.js              a new release, two workers at a time
 *   pm2 reload onbehalf-worker --parallel 1     the same one by one: the other workers go on
 *
 * A reload stops a process, which finishes the transactions in hand, and then starts it again; mails
 * wait in Redis meanwhile. Settings come from onbehalf.config.json and from the environment pm2 is
 * started with.
 */
import { availableParallelism } from 'node:os';

const script = new URL('dist/src/cli/main.js', import.meta.url).pathname;

// Above the time to drain and its wrap-up: pm2's own default would kill running transactions. Where
// worker.drainMs stands in the configuration file, set ONBEHALF_DRAIN_MS here as well.
const drainMs = Number(process.env.ONBEHALF_DRAIN_MS || 25_000);
const killTimeoutMs = drainMs + 15_000;

const common = {
  script,
  // Signing runs in Node's thread pool, which is fastest with a thread per core.
  env: { UV_THREADPOOL_SIZE: String(Math.max(2, availableParallelism())) },
  // Not cluster: its processes end at once, in the middle of a mail, when pm2 itself is killed.
  exec_mode: 'fork',
  // It counts as started when it says that it takes work, not before.
  wait_ready: true,
  listen_timeout: 30_000,
  kill_timeout: killTimeoutMs,
  exp_backoff_restart_delay: 500,
};

export const apps = [
  {
    ...common,
    name: 'onbehalf-worker',
    args: 'worker',
    instances: Number(process.env.ONBEHALF_WORKERS || 2),
  },
  // Exactly one: SQLite has one writer, and the mailbox one reader.
  { ...common, name: 'onbehalf-history', args: 'history', instances: 1 },
];
