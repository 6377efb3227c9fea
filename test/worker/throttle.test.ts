import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { createLimits } from '../../src/queue/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { LimitRule } from '../../src/worker/throttle-rules.ts';
import {
  createThrottle,
  type Go,
  type Throttle,
  type ThrottledSend,
} from '../../src/worker/throttle.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const state = createLimitState(redis, keyNames());

afterEach(async () => {
  await redis.flushall();
  await redis.config('RESETSTAT');
});

/** A throttle whose clock can be put forward against that of Redis, as in a process that was held up. */
function throttleWith(rules: readonly LimitRule[], refreshMs = 500) {
  let heldUpMs = 0;
  const throttle = createThrottle({
    limits: createLimits(redis, keyNames()),
    state,
    rules,
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    refreshMs,
    monotonicNow: () => performance.now() + heldUpMs,
  });
  atEnd(() => throttle.close());
  return {
    throttle,
    holdUp: (ms: number) => {
      heldUpMs += ms;
    },
  };
}

function send(more: Partial<ThrottledSend> = {}): ThrottledSend {
  return {
    sendId: randomBytes(12).toString('hex') as SendId,
    route: 'main',
    provider: 'gmail',
    domain: 'gmail.com',
    sender: addressOf('ana@acme.example'),
    tenant: 'acme',
    ...more,
  };
}

async function goOf(promise: Promise<unknown>): Promise<Go> {
  const answer = (await promise) as Go | { readonly kind: 'later' };
  if (answer.kind !== 'go') throw new Error(`must wait: ${JSON.stringify(answer)}`);
  return answer;
}

/** Brings a send into its slot, as a worker does: a busy machine may well make it late. */
async function inItsSlot(throttle: Throttle, about: ThrottledSend, late?: Go): Promise<void> {
  let go = await goOf(throttle.admit(about, late));
  for (;;) {
    await go.ready();
    if (go.check() === 'ok') return;
    go = await goOf(throttle.admit(about, go));
  }
}

async function scriptCalls(): Promise<number> {
  const info = await redis.info('commandstats');
  return [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}

const twoPerSecond: LimitRule = {
  name: 'gmail',
  provider: 'gmail',
  windows: [{ sendsMax: 2, perMs: 1_000 }],
};

test('a send without limits goes, and Redis is not asked for it', async () => {
  const { throttle } = throttleWith([twoPerSecond], 600_000);
  await throttle.admit(send({ provider: 'yahoo' }));
  const before = await scriptCalls();
  for (let n = 0; n < 100; n++) {
    const go = await goOf(throttle.admit(send({ provider: 'yahoo' })));
    await go.ready();
    expect(go.check()).toBe('ok');
    await go.done();
  }
  expect(await scriptCalls()).toBe(before);
});

test('a limited send goes in its slot, and is moved to it when it is far', async () => {
  const { throttle } = throttleWith([twoPerSecond]);
  for (let n = 0; n < 2; n++) await inItsSlot(throttle, send());
  const later = await throttle.admit(send());
  expect(later).toMatchObject({ kind: 'later', because: 'limit', keys: ['rule/gmail'] });
  const waitMs = later.kind === 'later' ? later.at - Date.now() : 0;
  expect(waitMs).toBeGreaterThan(600);
  expect(waitMs).toBeLessThan(1_100);
});

test('a send that is held up behind its slot is late, and gets another one', async () => {
  const { throttle, holdUp } = throttleWith([twoPerSecond]);
  const about = send();
  const go = await goOf(throttle.admit(about));
  await go.ready();
  holdUp(31);
  expect(go.check()).toBe('late');
  await inItsSlot(throttle, about, go);
  // The slot that was not used counts no more: there is still room for one.
  await inItsSlot(throttle, send());
});

test('a send that is always late is moved in the end', async () => {
  const { throttle, holdUp } = throttleWith([twoPerSecond]);
  const about = send();
  let late: Go | undefined;
  let lates = 0;
  for (;;) {
    const answer = await throttle.admit(about, late);
    if (answer.kind === 'later') break;
    holdUp(2_000);
    expect(answer.check()).toBe('late');
    late = answer;
    lates += 1;
  }
  expect(lates).toBeGreaterThan(3);
  expect(lates).toBeLessThan(10);
});

test('what is slowed down stands still, also for who has leave to go; nothing else does', async () => {
  const { throttle } = throttleWith([]);
  const begun = await goOf(throttle.admit(send()));
  expect(begun.check()).toBe('ok');
  const slow = { kind: 'slow', scope: 'provider', waitMs: 60_000, stepMs: 1_000 } as const;
  await throttle.slowDown(send(), slow);
  expect(begun.check()).toBe('late');
  const later = await throttle.admit(send(), begun);
  expect(later).toMatchObject({ kind: 'later', because: 'slowed' });
  expect(later.kind === 'later' ? later.at - Date.now() : 0).toBeGreaterThan(59_000);
  const other = await goOf(throttle.admit(send({ provider: 'yahoo' })));
  expect(other.check()).toBe('ok');
  expect((await throttle.admit(send({ route: 'spare' }))).kind).toBe('go');
});

test('other processes hear of a slow-down; then one goes at a time, then two, then all', async () => {
  const first = throttleWith([], 1).throttle;
  const { throttle } = throttleWith([], 1);
  await throttle.admit(send());
  const slow = { kind: 'slow', scope: 'provider', waitMs: 100, stepMs: 250 } as const;
  await first.slowDown(send(), slow);
  await eventually(async () => (await throttle.admit(send())).kind === 'later', {
    what: 'the pause',
  });
  const one = await eventually(
    async () => {
      const answer = await throttle.admit(send());
      return answer.kind === 'go' ? answer : undefined;
    },
    { what: 'the first one' },
  );
  expect(await first.admit(send())).toMatchObject({ kind: 'later', because: 'open' });
  await one.done();
  const next = await goOf(throttle.admit(send()));
  const second = await eventually(
    async () => {
      const answer = await first.admit(send());
      return answer.kind === 'go' ? answer : undefined;
    },
    { what: 'the second place' },
  );
  await eventually(
    async () => {
      for (const go of [next, second]) await go.done();
      return (await state.read()).slowed.size === 0;
    },
    { what: 'the end of the way back' },
  );
  const all = await Promise.all(Array.from({ length: 30 }, async () => throttle.admit(send())));
  expect(all.map(({ kind }) => kind)).not.toContain('later');
});

test('limits change while it runs, up and down, and a send is held to the new ones', async () => {
  const { throttle } = throttleWith([twoPerSecond], 1);
  const kinds = async (count: number) => {
    const answers = [];
    for (let n = 0; n < count; n++) answers.push((await throttle.admit(send())).kind);
    return answers.filter((kind) => kind === 'go').length;
  };
  expect(await kinds(5)).toBe(2);
  await state.override('gmail', { windows: [{ sendsMax: 100, perMs: 1_000 }] });
  await systemClock.sleep(2);
  expect(await kinds(40)).toBe(40);
  await state.override('gmail', { windows: [{ sendsMax: 1, perMs: 1_000 }] });
  await systemClock.sleep(2);
  expect(await kinds(3)).toBe(0);
  await state.override('gmail', { windows: [] });
  await systemClock.sleep(2);
  expect(await kinds(200)).toBe(200);
});
