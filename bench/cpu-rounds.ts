/** Work to measure: does something a number of times. */
export type Work = (count: number) => Promise<void>;

/** What two pieces of work cost, in CPU time of the whole process, threads included. */
export interface Comparison {
  /** Median microseconds of CPU of one repetition. */
  readonly oursMicros: number;
  readonly peerMicros: number;
  /** Median over the rounds of how many times our CPU the peer's takes. */
  readonly ratio: number;
}

/**
 * Measures two pieces of work in turns, so that whatever else the machine does meets both, after one
 * round that does not count.
 *
 * @param rounds how often each is measured, at least 5
 * @param count repetitions in a round
 */
export async function compareCpu(
  ours: Work,
  peer: Work,
  rounds: number,
  count: number,
): Promise<Comparison> {
  await ours(count);
  await peer(count);
  const measured: { ours: number; peer: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who goes first changes, lest one always pays for the other's garbage.
    if (round % 2 === 0) {
      const first = await cpuMicros(ours, count);
      measured.push({ ours: first, peer: await cpuMicros(peer, count) });
    } else {
      const first = await cpuMicros(peer, count);
      measured.push({ ours: await cpuMicros(ours, count), peer: first });
    }
  }
  return {
    oursMicros: median(measured.map((each) => each.ours)),
    peerMicros: median(measured.map((each) => each.peer)),
    ratio: median(measured.map((each) => each.peer / each.ours)),
  };
}

async function cpuMicros(work: Work, count: number): Promise<number> {
  const before = process.cpuUsage();
  await work(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
