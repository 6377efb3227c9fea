/**
 * A history consumer in a process of its own, for tests that kill it. Options come as JSON in the
 * first argument; it says `ready` to its parent.
 */
import { createHistory } from '../../src/history/index.ts';
import { onStopSignals } from '../../src/runtime/shutdown.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';
import { testKeyring } from '../support/world.ts';

process.on('disconnect', () => process.exit(1));
const history = await createHistory({
  ...(JSON.parse(process.argv[2] ?? '{}') as Omit<Parameters<typeof createHistory>[0], 'keyring'>),
  keyring: testKeyring,
  parserThreadUrl: parseThreadUrl,
});
onStopSignals({ stop: async () => history.close(), exit: (code) => process.exit(code) });
process.send?.('ready');
