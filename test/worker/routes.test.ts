import { describe, expect, test } from '@jest/globals';
import type { EmailAddress } from '../../src/mail/address.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { BreakerOptions } from '../../src/worker/circuit-breaker.ts';
import { endOf } from '../../src/worker/end-of-submission.ts';
import { evidenceOf, wasOutOfOrder } from '../../src/worker/route-evidence.ts';
import { createRoutes, type RouteAsk, type RouteChoice } from '../../src/worker/routes.ts';
import { resolveRoutes, type RouteOptions } from '../../src/worker/route.ts';
import type { SubmitOutcome } from '../../src/worker/submission.ts';
import { plainClassifier } from '../support/classified.ts';

const ask: RouteAsk = { kind: 'single', from: 'jane@acme.example' as EmailAddress };
const down: SubmitOutcome = {
  kind: 'broken',
  bodyBegun: false,
  mayHaveArrived: false,
  noSession: true,
  reason: 'ECONNREFUSED',
};

function replied(text: string, kind: 'reply' | 'session-refused' = 'reply'): SubmitOutcome {
  const reply = parseSmtpReply(text);
  if (reply === undefined) throw new Error('no reply');
  return { kind, reply };
}

function world(parts: readonly (Partial<RouteOptions> & { name: string })[], random = 0.5) {
  let at = 1_000_000;
  const logged: string[] = [];
  const log = (event: string): number => logged.push(event);
  const options = parts.map((part) => ({ host: 'relay.example', port: 587, ...part }));
  const breaker: BreakerOptions = { failuresMax: 3 };
  const routes = createRoutes({
    routes: resolveRoutes(options, 'crm.example'),
    clock: { now: () => at },
    random: () => random,
    logger: { ...silentLogger, info: log, warn: log },
    breaker,
  });
  return { routes, logged, now: () => at, pass: (ms: number) => (at += ms) };
}

function used(choice: RouteChoice): Extract<RouteChoice, { kind: 'use' }> {
  if (choice.kind !== 'use') throw new Error(`${choice.kind}: ${choice.reason}`);
  return choice;
}

describe('a relay that is down', () => {
  test('costs nothing: the next one takes over, and probes bring it back', () => {
    const { routes, logged, pass } = world([{ name: 'first' }, { name: 'second', priority: 20 }]);
    const overFirst: boolean[] = [];
    for (let time = 0; time < 10; time += 1) {
      const choice = used(routes.pick(ask));
      overFirst.push(choice.route.name === 'first');
      if (choice.route.name === 'second') {
        choice.report(replied('250 Ok'));
        continue;
      }
      choice.report(down);
      const tried = [{ name: 'first', why: 'down', reason: 'ECONNREFUSED' }] as const;
      const next = used(routes.pick({ ...ask, tried }));
      expect(next.route.name).toBe('second');
      next.report(replied('550 5.1.1 unknown'));
    }
    expect(overFirst.filter(Boolean)).toHaveLength(3);
    expect(routes.health()).toMatchObject([
      { route: 'first', state: 'open', reason: 'ECONNREFUSED', workedCount: 0, failedCount: 3 },
      { route: 'second', state: 'closed', workedCount: 10, failedCount: 0 },
    ]);
    expect(routes.readiness).toEqual({ kind: 'up' });
    pass(2_000);
    const probe = used(routes.pick(ask));
    expect(probe.route.name).toBe('first');
    // While it is out, others go over the second.
    expect(used(routes.pick(ask)).route.name).toBe('second');
    probe.report(replied('250 Ok'));
    used(routes.pick(ask)).report(replied('250 Ok'));
    expect(routes.health()[0]).toMatchObject({ route: 'first', state: 'closed' });
    expect(logged).toEqual(['route-down', 'route-up']);
  });

  test('and no other: the send comes back later, each at a time of its own', () => {
    const { routes, now, pass } = world([{ name: 'a' }, { name: 'b' }]);
    for (let time = 0; time < 3; time += 1) {
      const choice = used(routes.pick(ask));
      choice.report(down);
      const { name } = choice.route;
      const tried = [{ name, why: 'down', reason: 'ECONNREFUSED' }] as const;
      const next = routes.pick({ ...ask, tried });
      if (next.kind === 'use') next.report(down);
    }
    const choice = routes.pick(ask);
    expect(choice).toMatchObject({ kind: 'later', at: now() + 3_000 });
    expect(choice).toMatchObject({ reason: expect.stringContaining('a: ECONNREFUSED; b: EC') });
    expect(routes.has(ask)).toBe(false);
    expect(routes.readiness).toEqual({
      kind: 'down',
      until: now() + 2_000,
      reason: 'no route takes mail now (a: ECONNREFUSED; b: ECONNREFUSED)',
    });
    pass(2_000);
    expect(routes.readiness).toEqual({ kind: 'probing', probes: 2 });
    expect(routes.has(ask)).toBe(true);
    // Two probes are out, one for each; who comes now comes back soon.
    used(routes.pick(ask));
    used(routes.pick(ask));
    expect(routes.pick(ask)).toMatchObject({ kind: 'later', at: now() + 3_000 });
  });

  test('a route that has just failed is not asked again at once, though its circuit is closed', () => {
    const { routes, now } = world([{ name: 'only' }]);
    used(routes.pick(ask)).report(down);
    const tried = [{ name: 'only', why: 'down', reason: '421 busy' }] as const;
    expect(routes.pick({ ...ask, tried })).toEqual({
      kind: 'later',
      at: now() + 3_000,
      reason: 'no route takes mail now (only: 421 busy)',
    });
  });

  test('a trial that is released leaves its place to the next', () => {
    const { routes, pass } = world([{ name: 'only' }]);
    for (let time = 0; time < 3; time += 1) used(routes.pick(ask)).report(down);
    pass(2_000);
    used(routes.pick(ask)).release();
    expect(routes.pick(ask).kind).toBe('use');
  });
});

describe('a relay that falls silent with all its connections taken', () => {
  const options = { name: 'silent', connectionsMax: 3 };

  test('is out of order after a minute, and in order again once it answers', () => {
    const { routes, pass } = world([options, { name: 'spare', priority: 20 }]);
    const inHand = [1, 2, 3].map(() => used(routes.pick(ask)));
    pass(59_999);
    expect(used(routes.pick(ask)).route.name).toBe('silent');
    // What does not come to a submission is no sign of life.
    used(routes.pick(ask)).release();
    pass(1);
    expect(used(routes.pick(ask)).route.name).toBe('spare');
    const reason = '4 in hand, and none came to an end for 60 s';
    expect(routes.health()[0]).toMatchObject({ state: 'open', reason, inHand: 4 });
    for (const each of inHand) each.report(replied('250 Ok'));
    pass(2_000);
    for (const text of ['250 Ok', '250 Ok']) used(routes.pick(ask)).report(replied(text));
    expect(routes.health()[0]).toMatchObject({ state: 'closed', inHand: 1 });
  });

  test('stays in order while anything comes to an end, or connections are free', () => {
    const { routes, pass } = world([options]);
    const slow = [1, 2].map(() => used(routes.pick(ask)));
    pass(600_000);
    const third = used(routes.pick(ask));
    pass(59_999);
    slow[0]?.report(replied('250 Ok'));
    pass(59_999);
    used(routes.pick(ask)).release();
    expect(routes.health()[0]).toMatchObject({ state: 'closed', inHand: 2 });
    third.report(replied('250 Ok'));
    third.report(replied('250 Ok'));
    third.release();
    expect(routes.health()[0]).toMatchObject({ inHand: 1, workedCount: 2 });
  });
});

describe('mail that can go nowhere', () => {
  test('because no route is for it', () => {
    const { routes } = world([
      { name: 'campaigns', kinds: ['bulk'] },
      { name: 'other', senders: ['other.example'] },
    ]);
    const reason = 'no route takes mail of kind "single" from jane@acme.example';
    expect(routes.pick(ask)).toEqual({ kind: 'nowhere', reason });
    expect(routes.has(ask)).toBe(false);
    expect(used(routes.pick({ ...ask, kind: 'bulk' })).route.name).toBe('campaigns');
  });

  test('because every relay that may take it cannot', () => {
    const { routes } = world([{ name: 'a' }, { name: 'b' }]);
    const big = { name: 'a', why: 'unsendable', reason: 'has 9 bytes of 8' } as const;
    expect(used(routes.pick({ ...ask, tried: [big] })).route.name).toBe('b');
    const alone = world([{ name: 'a' }]);
    const nowhere = alone.routes.pick({ ...ask, tried: [big] });
    expect(nowhere).toEqual({ kind: 'nowhere', reason: big.reason });
    const both = [big, { name: 'b', why: 'unsendable', reason: 'no SMTPUTF8' }] as const;
    expect(routes.pick({ ...ask, tried: both })).toEqual({
      kind: 'nowhere',
      reason: 'no route takes it (a: has 9 bytes of 8; b: no SMTPUTF8)',
    });
  });

  test('is not what is said while one of them is only down', () => {
    const { routes } = world([{ name: 'a' }, { name: 'b' }]);
    const tried = [
      { name: 'a', why: 'unsendable', reason: 'too big' },
      { name: 'b', why: 'down', reason: 'ECONNREFUSED' },
    ] as const;
    expect(routes.pick({ ...ask, tried }).kind).toBe('later');
  });
});

describe('which one', () => {
  test('the preferred one, if it is in order', () => {
    const { routes } = world([{ name: 'a' }, { name: 'b', priority: 99, weight: 0 }]);
    expect(used(routes.pick({ ...ask, prefer: 'b' })).route.name).toBe('b');
    for (let time = 0; time < 3; time += 1) {
      used(routes.pick({ ...ask, prefer: 'b' })).report(down);
    }
    expect(used(routes.pick({ ...ask, prefer: 'b' })).route.name).toBe('a');
    expect(used(routes.pick({ ...ask, prefer: 'gone' })).route.name).toBe('a');
  });

  test('one that refused only after all others, but rather than none', () => {
    const { routes } = world([{ name: 'a' }, { name: 'b', priority: 99 }]);
    const refused = { name: 'a', why: 'refused', reason: '451 4.3.0' } as const;
    expect(used(routes.pick({ ...ask, tried: [refused] })).route.name).toBe('b');
    const big = { name: 'b', why: 'unsendable', reason: 'too big' } as const;
    expect(used(routes.pick({ ...ask, tried: [refused, big] })).route.name).toBe('a');
    expect(routes.has({ ...ask, tried: [refused, big] })).toBe(false);
  });
});

describe('what a submission says of the relay', () => {
  test.each<['works' | 'fails' | 'nothing', boolean, SubmitOutcome]>([
    ['works', false, replied('250 Ok')],
    ['works', false, replied('550 5.1.1 unknown user')],
    ['works', false, replied('451 4.7.1 Greylisted')],
    ['works', false, replied('421 4.7.28 too many')],
    ['works', false, replied('554 5.7.1 Access denied')],
    ['fails', false, replied('421 4.3.2 shutting down')],
    ['fails', false, replied('421 closing')],
    ['fails', false, replied('530 5.7.0 Authentication required')],
    ['fails', true, replied('535 5.7.8 wrong password', 'session-refused')],
    ['fails', true, replied('554 go away', 'session-refused')],
    ['fails', true, down],
    ['fails', false, { kind: 'broken', bodyBegun: true, mayHaveArrived: true, reason: 'cut' }],
    ['fails', false, { kind: 'broken', bodyBegun: false, mayHaveArrived: false, reason: 'cut' }],
    ['nothing', false, { kind: 'interrupted', error: new Error('shutdown') }],
    [
      'nothing',
      false,
      { kind: 'unsendable', problem: 'too-big', reason: '', reply: { code: 552, text: '' } },
    ],
  ])('%s, no attempt: %s: %o', (kind, free, outcome) => {
    expect(evidenceOf(outcome, endOf(outcome, plainClassifier, 'other')).kind).toBe(kind);
    expect(wasOutOfOrder(outcome)).toBe(free);
  });
});
