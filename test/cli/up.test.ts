import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { startRelay, type Relay } from '../../src/demo/relay.ts';
import { testZoneFile } from '../support/world.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { processRuns } from '../support/process-runs.ts';
import { startTestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { jsonLines, onbehalf, startOnbehalf, type RunningCommand } from './run-onbehalf.ts';

beforeAll(requireBuild);

interface Place {
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly relay: Relay;
}

async function newPlace(): Promise<Place> {
  const relay = await startRelay();
  atEnd(() => relay.stop());
  const environment = {
    ONBEHALF_DNS_ZONE: testZoneFile,
    ONBEHALF_RELAY_URL: `smtp://127.0.0.1:${relay.port}`,
    ONBEHALF_LOCK_MS: '2000',
  };
  return { cwd: temporaryFolder(), environment, relay };
}

async function startUp(place: Place): Promise<{ up: RunningCommand; pids: readonly number[] }> {
  const up = startOnbehalf(['up', '--workers', '2', '--json'], place);
  const ready = await up.waitForLine((line) => line['ready'] === true);
  expect(ready).toMatchObject({ pid: up.pid, workers: 2 });
  return { up, pids: [...pidsOf(up, 'worker-ready'), ...pidsOf(up, 'history-ready')] };
}

/** Process ids of the processes that have logged an event. */
function pidsOf(command: RunningCommand, event: string): readonly number[] {
  const lines = command.output().split('\n');
  return lines
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => (JSON.parse(line) as { pid: number }).pid);
}

function redisPidOf({ cwd }: Place): number {
  const record = readFileSync(join(cwd, '.onbehalf', 'redis.json'), 'utf8');
  return (JSON.parse(record) as { pid: number }).pid;
}

async function send(place: Place, recipient: string): Promise<void> {
  const args = ['--from', 'jane@acme.example', '--to', recipient, '--subject', 'Hi', '--text', 'x'];
  const { exitCode, stdout, stderr } = await onbehalf(['send', ...args, '--json'], place);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(jsonLines(stdout)).toMatchObject([{ sends: [{ recipient, duplicate: false }] }]);
}

async function accepted({ relay }: Place, recipient: string): Promise<void> {
  await relay.waitFor((mails) => mails.some(({ rcptTo }) => rcptTo.includes(recipient)));
}

test('up runs everything, others join it, a killed worker comes back, and the end leaves nothing', async () => {
  const place = await newPlace();
  const { up, pids } = await startUp(place);
  const redisPid = redisPidOf(place);
  expect([...pids, redisPid].map(processRuns)).toEqual([true, true, true, true]);

  await send(place, 'one@dest.example');
  await accepted(place, 'one@dest.example');
  const timeline = await eventually(
    async () => {
      const asked = await onbehalf(['timeline', 'one@dest.example', '--json'], place);
      return asked.exitCode === 0 && asked.stdout;
    },
    { what: 'the send in the history', timeoutMs: 20_000 },
  );
  expect(jsonLines(timeline)).toMatchObject([{ kind: 'send', state: 'accepted', subject: 'Hi' }]);

  const [victim = 0] = pidsOf(up, 'worker-ready');
  process.kill(victim, 'SIGKILL');
  await up.waitForLine(
    ({ event, pid }) => event === 'worker-ready' && !pids.includes(pid as number),
  );
  const workers = pidsOf(up, 'worker-ready').filter((pid) => pid !== victim);
  expect(workers.map(processRuns)).toEqual([true, true]);
  await send(place, 'two@dest.example');
  await accepted(place, 'two@dest.example');

  expect(await up.end('SIGTERM')).toBe(0);
  expect([...pids, ...workers, redisPid].filter(processRuns)).toEqual([]);
  expect(existsSync(join(place.cwd, '.onbehalf', 'redis.json'))).toBe(false);
  expect(place.relay.accepted).toHaveLength(2);
  expect(jsonLines(up.results())).toHaveLength(1);
});

test('a worker of its own tells that it is ready, works, and stops in order', async () => {
  const place = await newPlace();
  const redis = await startTestRedis();
  const environment = { ...place.environment, REDIS_URL: redis.url };
  const worker = startOnbehalf(['worker', '--json'], { cwd: place.cwd, environment });
  await worker.waitForLine((line) => line['ready'] === true);
  await send({ ...place, environment }, 'one@dest.example');
  await accepted(place, 'one@dest.example');
  expect(await worker.end('SIGINT')).toBe(0);
  expect(jsonLines(worker.results())).toEqual([{ ready: true, pid: worker.pid }]);
  expect([...pidsOf(worker, 'worker-closed')]).toEqual([worker.pid]);
});

test('when up itself is killed its processes end, and the next one takes over its Redis', async () => {
  const place = await newPlace();
  const first = await startUp(place);
  const redisPid = redisPidOf(place);
  expect(await first.up.end('SIGKILL')).toBeNull();
  await eventually(() => first.pids.filter(processRuns).length === 0, {
    what: 'the end of all parts',
  });
  expect(processRuns(redisPid)).toBe(true);

  // Redis is still there, so a send is taken; nobody works on it until somebody comes.
  await send(place, 'one@dest.example');
  expect(place.relay.accepted).toHaveLength(0);
  const second = await startUp(place);
  expect(redisPidOf(place)).toBe(redisPid);
  await accepted(place, 'one@dest.example');
  expect(await second.up.end('SIGINT')).toBe(0);
  await eventually(() => !processRuns(redisPid), { what: 'the end of Redis' });
  expect(second.pids.filter(processRuns)).toEqual([]);
});
