/**
 * A process that stops as its argument says: `well`, `badly` or `never`. It prints `ready`, then the
 * signal it was stopped by.
 */
import { onStopSignals } from '../../src/runtime/shutdown.ts';

const way = process.argv[2];
const alive = setInterval(() => undefined, 60_000);
onStopSignals({
  async stop(signal) {
    process.stdout.write(`${signal}\n`);
    if (way === 'badly') throw new Error('it does not want to');
    if (way === 'never') await new Promise(() => undefined);
    clearInterval(alive);
  },
  exit: (code) => process.exit(code),
});
process.stdout.write('ready\n');
