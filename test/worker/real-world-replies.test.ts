import { beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { listWorkers } from '../../src/queue/worker-registry.ts';
import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import {
  realWorldAnswers,
  realWorldZone,
  recipientDomainOf,
  recipientOf,
  replyIdOf,
} from '../support/real-world-relay.ts';
import { realWorldReplies, type RealWorldReply } from '../support/real-world-replies.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';

/*
 * One relay that answers sixty mails of one run with sixty replies, and a spare one that takes
 * everything: each mail must end as the taxonomy says, and none must hinder another.
 */

const redis = await startTestRedis();
const client = new Redis(redis.url);
atEnd(() => client.disconnect());

async function run() {
  const spare = await startRawRelay();
  atEnd(() => spare.stop());
  const world = await startSendWorld(
    redis.url,
    realWorldAnswers(),
    {
      routes: [{ name: 'spare', host: spare.host, port: spare.port, priority: 20 }],
      dns: { zone: realWorldZone },
      retry: {},
    },
    { name: 'main' },
  );
  const sendIds = new Map<string, string>();
  for (const each of realWorldReplies) {
    const { sends } = await world.producer.send({ ...testMail, to: recipientOf(each) });
    sendIds.set(each.id, sends[0]?.sendId ?? '');
  }
  const eventsOf = (events: readonly OutcomeEvent[], id: string): readonly OutcomeEvent[] =>
    events.filter(({ recipient }) => replyIdOf(recipient) === id);
  const isSettled = (events: readonly OutcomeEvent[]): boolean => {
    const last = events.at(-1);
    return last !== undefined && (last.state !== 'waiting' || (last.nextAt ?? 0) > last.at);
  };
  await world.log.waitFor((events) =>
    realWorldReplies.every(({ id }) => isSettled(eventsOf(events, id))),
  );
  return { world, sendIds, eventsOf: (id: string) => eventsOf(world.log.events, id) };
}

let story: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  story = await run();
});

/** How long the first attempt is followed by nothing, against what it should be. */
function waitOf({ next }: RealWorldReply, { at, nextAt = at }: OutcomeEvent): string {
  const waitMs = nextAt - at;
  // Decided a moment before it is written down.
  if (next.kind !== 'after' && next.kind !== 'asked') return waitMs <= 0 ? 'right' : `${waitMs}`;
  // The jitter of 20 %; what a server asks for is never cut.
  const least = next.waitMs * (next.kind === 'asked' ? 1 : 0.8);
  return waitMs >= least && waitMs <= next.waitMs * 1.2 ? 'right' : `${waitMs}`;
}

/** The events of a mail after its first one. */
function followersOf({ next }: RealWorldReply): readonly object[] {
  const accepted = { attempt: 2, result: 'accepted', state: 'accepted' };
  switch (next.kind) {
    case 'never':
    case 'after':
    case 'asked':
      return [];
    case 'other-route':
      return [{ ...accepted, route: 'spare', mode: 'on-behalf' }];
    case 'over-tls':
      return [{ ...accepted, route: 'main', mode: 'on-behalf' }];
    case 'masked-again':
      return [{ ...accepted, route: 'main', mode: 'rewritten' }];
  }
}

test.each(realWorldReplies.map((each) => [each.id, each] as const))('%s', async (id, entry) => {
  const { world, sendIds, eventsOf } = story;
  const { class: name, result, next, suppression } = entry;
  const state = next.kind === 'never' ? 'rejected' : 'waiting';
  const events = eventsOf(id);
  const [first] = events;
  if (first === undefined) throw new Error('no event');
  expect(events).toMatchObject([
    { attempt: 1, route: 'main', mode: 'on-behalf', result, state },
    ...followersOf(entry),
  ]);
  expect(waitOf(entry, first)).toBe('right');
  expect(events.map(({ bounce }) => bounce)).toEqual([
    {
      class: name,
      rule: expect.stringMatching(/^[a-z0-9.-]+$/),
      ...(suppression === undefined ? {} : { suppression }),
    },
    ...followersOf(entry).map(() => undefined),
  ]);
  // The ledger keeps the refusal as it was: what waits after a 5xx was refused for certain.
  const kept = await createLedger(client, world.keys).read(sendIds.get(id) as SendId);
  const { state: end, result: endResult, nextAt } = events.at(-1) ?? first;
  expect(kept).toMatchObject({ state: end, ...(nextAt === undefined ? {} : { nextAt }) });
  expect([endResult, undefined]).toContain(kept.result);
});

test('the table is whole', () => {
  expect(realWorldReplies).toHaveLength(60);
  expect(new Set(realWorldReplies.map(({ id }) => id)).size).toBe(60);
});

test('what is slowed down is what the replies were about, and nothing else', async () => {
  const { slowed } = await createLimitState(client, story.world.keys).read();
  const expected = realWorldReplies.flatMap((each) =>
    each.slows === 'domain' ? [`domain/main/${recipientDomainOf(each)}`] : [],
  );
  expect([...slowed.keys()].toSorted()).toEqual(expected.toSorted());
  for (const { notBefore, strikes } of slowed.values()) {
    expect(strikes).toBe(0);
    expect(notBefore - Date.now()).toBeLessThanOrEqual(40 * 60_000);
  }
});

test('the relay that said all this is in order', async () => {
  const workers = await listWorkers(client, story.world.keys);
  const routes = workers.flatMap((worker) => worker.routes ?? []);
  expect(routes.map(({ route, state }) => [route, state])).toEqual([
    ['main', 'closed'],
    ['spare', 'closed'],
  ]);
});
