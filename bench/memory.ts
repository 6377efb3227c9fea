/**
 * Does the memory of a worker grow with what it has sent? One complete worker process sends to the
 * sink; after each window its memory is read, after a collection:
 *
 *   npm run bench:memory -- --sends 500000 --window 25000
 *   npm run bench:memory -- --json     one line: { sends, flat, growth, windows }
 *
 * Flat: the median of the last fifth of the windows is no more than 5 % above that of the second
 * fifth (the first one fills caches), for the heap in use and for the whole process alike.
 */
import { parseArgs } from 'node:util';
import { startBenchWorld } from './send/bench-world.ts';
import type { ProgramFigures } from './send/meter.ts';

const growthMax = 1.05;
const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '500000' },
    window: { type: 'string', default: '25000' },
    json: { type: 'boolean', default: false },
  },
});
const windowSends = Number(values.window);
const sends = Math.ceil(Number(values.sends) / windowSends) * windowSends;

const windows: ProgramFigures[] = [];
{
  await using world = await startBenchWorld({
    dist: new URL('../dist/', import.meta.url).href,
    connections: 20,
    // Contents of their own would fill Redis: 500,000 of them are 4 GB.
    ownContents: false,
    worker: {},
    route: {},
    nodeFlags: ['--expose-gc'],
  });
  await world.runInWindows({ program: 'ours', signed: true, sends }, windowSends, (figures) => {
    windows.push(figures);
    process.stderr.write(line(windows.length * windowSends, figures));
  });
}
const growth = { heap: growthOf('heapBytes'), rss: growthOf('rssBytes') };
const flat = growth.heap <= growthMax && growth.rss <= growthMax;
if (values.json) process.stdout.write(`${JSON.stringify({ sends, flat, growth, windows })}\n`);
else {
  process.stdout.write(
    `${sends} sends: ${flat ? 'flat' : 'not flat'}; last fifth of second fifth: ` +
      `heap ${growth.heap.toFixed(3)}, process ${growth.rss.toFixed(3)}\n`,
  );
}

/** Median of the last fifth of the windows by that of the second fifth. */
function growthOf(name: 'heapBytes' | 'rssBytes'): number {
  const fifth = Math.max(1, Math.floor(windows.length / 5));
  const all = windows.map((each) => each[name]);
  return median(all.slice(-fifth)) / median(all.slice(fifth, 2 * fifth));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function line(done: number, { rssBytes, heapBytes, elapsedMs }: ProgramFigures): string {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1).padStart(8);
  const rate = Math.round((windowSends / elapsedMs) * 1000);
  return `${String(done).padStart(8)} sends  heap${mb(heapBytes)} MB  process${mb(rssBytes)} MB  ${rate}/s\n`;
}
