/**
 * One complete worker process beside what it is measured against, in interleaved rounds:
 *
 *   npm run bench -- --rounds 5 --sends 8000
 *   npm run bench -- --json          one line: [{ name, ours, peer, ratio }], medians
 *   npm run bench -- --latency       a relay 30 ms away, 20 connections
 *   npm run bench -- --content own   no template: each of our mails has a content of its own
 *
 * `plain` is a BullMQ job that holds the message and nodemailer's pool; `floor` the fastest program
 * that those libraries allow, without any safety. See bench/send/README.md.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { startChild } from './send/child-program.ts';
import {
  programs,
  startBenchWorld,
  type BenchWorld,
  type ProgramName,
  type RunFigures,
} from './send/bench-world.ts';

/** One line of the answer: medians in sends per second, and the median of the rounds' ratios. */
interface Comparison {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

type Series = Map<string, RunFigures[]>;

/** The plain worker is that much slower; fewer sends measure it as well. */
const plainShare = 0.25;
const latencyMs = 30;
const latencyConnections = 20;
const latencySends = 6_000;

const settings = readSettings();
await using world = await startBenchWorld(settings.world);
const answer = settings.latency ? await latency(world) : await throughput(world);
if (settings.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
else process.stdout.write(comparisonTable(answer));

async function throughput(bench: BenchWorld): Promise<readonly Comparison[]> {
  const series: Series = new Map();
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const signed of settings.signing) {
      // Whoever runs first meets a quieter machine or a noisier one: each is first in turn.
      for (const program of rotated(settings.programs, round)) {
        const sends = Math.round(settings.sends * (program === 'plain' ? plainShare : 1));
        const figures = await bench.run({ program, signed, sends });
        const name = seriesName(program, signed);
        series.set(name, [...(series.get(name) ?? []), figures]);
        if (!settings.json) process.stderr.write(`round ${round + 1}  ${runLine(name, figures)}\n`);
      }
    }
  }
  if (!settings.json) process.stdout.write(seriesTable(series));
  return (['plain', 'floor'] as const).flatMap((peer) =>
    settings.signing.flatMap((signed) => {
      const of = `${settings.world.ownContents ? '-own-content' : ''}${peer === 'floor' ? '-of-floor' : ''}`;
      const name = `${signed ? 'signed' : 'unsigned'}${of}`;
      const ours = series.get(seriesName('ours', signed));
      const theirs = series.get(seriesName(peer, signed));
      return ours === undefined || theirs === undefined ? [] : [comparison(name, ours, theirs)];
    }),
  );
}

/**
 * What the round trips allow: connections / (round trips × round trip). Two without chaining (the
 * envelope, the content), one where the next envelope goes with the content. A round trip is what it
 * takes through the proxy, whose timers are a little late.
 */
async function latency(bench: BenchWorld): Promise<readonly Comparison[]> {
  const proxy = startChild('delay-proxy.ts', [String(bench.sinkPort), String(latencyMs)]);
  try {
    const { port: relayPort } = await proxy.next<{ kind: 'listening'; port: number }>('listening');
    const sends = latencySends;
    const roundTripMs = await measureRoundTrip(relayPort);
    const rates: number[] = [];
    for (let round = 0; round < Math.min(3, settings.rounds); round += 1) {
      const figures = await bench.run({ program: 'ours', signed: false, sends, relayPort });
      rates.push(figures.perSecond);
    }
    const ours = median(rates);
    return [2, 1].map((roundTrips) => {
      const peer = latencyConnections / ((roundTrips * roundTripMs) / 1000);
      return { name: `latency-${roundTrips}-round-trips`, ours, peer, ratio: ours / peer };
    });
  } finally {
    await proxy.stop();
  }
}

/** Median of what an SMTP command and its reply take, in milliseconds. */
async function measureRoundTrip(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'data');
  const times: number[] = [];
  while (times.length < 51) {
    const begin = performance.now();
    socket.write('NOOP\r\n');
    await once(socket, 'data');
    times.push(performance.now() - begin);
  }
  socket.end('QUIT\r\n');
  return median(times);
}

function comparison(
  name: string,
  ours: readonly RunFigures[],
  theirs: readonly RunFigures[],
): Comparison {
  // Ratios inside one round: the noise of the machine is the same for both.
  const ratios = ours.map((each, round) => each.perSecond / (theirs[round]?.perSecond ?? NaN));
  return {
    name,
    ours: round2(median(ours.map(({ perSecond }) => perSecond))),
    peer: round2(median(theirs.map(({ perSecond }) => perSecond))),
    ratio: round2(median(ratios)),
  };
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      sends: { type: 'string', default: '8000' },
      json: { type: 'boolean', default: false },
      latency: { type: 'boolean', default: false },
      // Which of plain, floor, ours; for looking at one alone.
      only: { type: 'string' },
      signed: { type: 'boolean', default: false },
      unsigned: { type: 'boolean', default: false },
      // template: one content with variables; own: each mail a content of its own.
      content: { type: 'string', default: 'template' },
      connections: { type: 'string', default: '20' },
      // More options of our worker and of its route, as JSON.
      worker: { type: 'string', default: '{}' },
      route: { type: 'string', default: '{}' },
      dist: { type: 'string', default: 'dist' },
      'node-flag': { type: 'string', multiple: true, default: [] },
    },
  });
  const both = values.signed === values.unsigned;
  const chosen = values.only?.split(',');
  return {
    rounds: count(values.rounds),
    sends: count(values.sends),
    json: values.json,
    latency: values.latency,
    signing: both ? [false, true] : [values.signed],
    programs: programs.filter((name) => chosen === undefined || chosen.includes(name)),
    world: {
      dist: pathToFileURL(`${values.dist}/`).href,
      connections: values.latency ? latencyConnections : count(values.connections),
      ownContents: values.content === 'own',
      worker: JSON.parse(values.worker) as object,
      route: JSON.parse(values.route) as object,
      nodeFlags: values['node-flag'],
    },
  };
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`${text} must be a whole number from 1`);
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function seriesName(program: ProgramName, signed: boolean): string {
  return `${program} ${signed ? 'signed' : 'unsigned'}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function runLine(name: string, figures: RunFigures): string {
  const { perSecond, cpuMsPerSend, redisCpuMsPerSend, redisCommands, sends, rssBytes } = figures;
  return [
    name.padEnd(16),
    `${perSecond.toFixed(0).padStart(7)} msg/s`,
    `${cpuMsPerSend.toFixed(3).padStart(8)} CPU ms/msg`,
    `${redisCpuMsPerSend.toFixed(3).padStart(8)} Redis CPU ms/msg`,
    `${(redisCommands / sends).toFixed(2).padStart(6)} commands/msg`,
    `${(rssBytes / 2 ** 20).toFixed(0).padStart(6)} MB`,
  ].join('');
}

function seriesTable(series: Series): string {
  const lines = [...series].map(([name, runs]) => {
    const middle = (of: (figures: RunFigures) => number): number => median(runs.map(of));
    const [first] = runs;
    if (first === undefined) return '';
    return runLine(name, {
      ...first,
      perSecond: middle((each) => each.perSecond),
      cpuMsPerSend: middle((each) => each.cpuMsPerSend),
      redisCpuMsPerSend: middle((each) => each.redisCpuMsPerSend),
      rssBytes: middle((each) => each.rssBytes),
    });
  });
  return `medians of ${settings.rounds} rounds\n${lines.join('\n')}\n\n`;
}

function comparisonTable(rows: readonly Comparison[]): string {
  return rows
    .map(({ name, ours, peer, ratio }) =>
      [name.padEnd(22), ours.toFixed(0).padStart(9), peer.toFixed(0).padStart(9)]
        .concat(`${ratio.toFixed(2).padStart(9)} ×\n`)
        .join(''),
    )
    .join('');
}
