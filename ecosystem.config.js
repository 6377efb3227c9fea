/**
 * pm2: send workers and one history process.
 *
 *   npm run build && npx onbehalf migrate
 *   pm2 start ecosystem.config.js          ONBEHALF_WORKERS=4 for four workers
 *   pm2 scale onbehalf-worker 8            more, or fewer, at any time
 *   pm2 reload ecosystem.config.js         a new release, without losing a mail
 *
 * Settings come from onbehalf.config.json and from the environment pm2 is started with.
 */
const script = new URL('dist/src/cli/main.js', import.meta.url).pathname;

// Above worker.drainMs (25 s) and its wrap-up: pm2's own default would kill running transactions.
const killTimeoutMs = 40_000;

const common = {
  script,
  exec_mode: 'fork',
  // The process tells when it is ready; a reload starts the new one before it stops the old one.
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
    instances: Number(process.env.ONBEHALF_WORKERS ?? 2),
  },
  // Exactly one: SQLite has one writer, and the mailbox one reader.
  { ...common, name: 'onbehalf-history', args: 'history', instances: 1 },
];
