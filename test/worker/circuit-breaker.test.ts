import { describe, expect, test } from '@jest/globals';
import {
  createCircuitBreaker,
  type BreakerOptions,
  type CircuitBreaker,
  type CircuitState,
  type Trial,
} from '../../src/worker/circuit-breaker.ts';

/** A breaker with a clock of its own and no jitter. */
function world(options: BreakerOptions = {}) {
  let at = 1_000_000;
  const changes: CircuitState['kind'][] = [];
  const breaker = createCircuitBreaker({
    options,
    now: () => at,
    random: () => 0.5,
    onChange: ({ kind }) => changes.push(kind),
  });
  return { breaker, changes, now: () => at, pass: (ms: number) => (at += ms) };
}

function admitted(breaker: CircuitBreaker): Trial {
  const trial = breaker.admit();
  if (trial === undefined) throw new Error('no leave to try');
  return trial;
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let time = 0; time < times; time += 1) admitted(breaker).failed(`failure ${time + 1}`);
}

/** Lets both probes work that close a circuit. */
function mend(breaker: CircuitBreaker): void {
  admitted(breaker).worked();
  admitted(breaker).worked();
}

describe('closed', () => {
  test('opens after five failures in a row, and says what the last one was', () => {
    const { breaker, changes, now } = world();
    fail(breaker, 4);
    admitted(breaker).worked();
    fail(breaker, 4);
    expect(breaker.state.kind).toBe('closed');
    fail(breaker, 1);
    expect(breaker.state).toEqual({
      kind: 'open',
      since: now(),
      until: now() + 2_000,
      reason: 'failure 1',
    });
    expect(breaker.admit()).toBeUndefined();
    expect(breaker.admits).toBe(false);
    expect(changes).toEqual(['open']);
  });

  test('opens at a share of failures, though never five in a row', () => {
    const { breaker, pass } = world();
    let trials = 0;
    for (; breaker.admits && trials < 100; trials += 1) {
      if (trials % 2 === 0) admitted(breaker).failed('every other time');
      else admitted(breaker).worked();
    }
    expect(trials).toBe(21);
    pass(2_000);
    mend(breaker);
    // That share is of the time before: it does not open the circuit again.
    fail(breaker, 1);
    expect(breaker.state.kind).toBe('closed');
  });

  test('does not open for a few failures among many, nor for those of long ago', () => {
    const { breaker } = world();
    for (let time = 0; time < 1_000; time += 1) {
      if (time % 3 === 0) admitted(breaker).failed('one of three');
      else admitted(breaker).worked();
    }
    expect(breaker.state.kind).toBe('closed');
    const slow = world();
    for (let time = 0; time < 100; time += 1) {
      if (time % 2 === 0) admitted(slow.breaker).failed('every other minute');
      else admitted(slow.breaker).worked();
      slow.pass(60_000);
    }
    expect(slow.breaker.state.kind).toBe('closed');
  });

  test('a trial that came to nothing, and a second report of one, do not count', () => {
    const { breaker } = world();
    for (let time = 0; time < 10; time += 1) admitted(breaker).dropped();
    const trial = admitted(breaker);
    for (let time = 0; time < 10; time += 1) trial.failed('the same');
    expect(breaker.state.kind).toBe('closed');
  });
});

describe('open and half-open', () => {
  test('after the time one probe at a time may try; two that work close it', () => {
    const { breaker, changes, pass } = world();
    fail(breaker, 5);
    pass(1_999);
    expect(breaker.admit()).toBeUndefined();
    pass(1);
    const probe = admitted(breaker);
    expect(breaker.state.kind).toBe('half-open');
    expect(breaker.admit()).toBeUndefined();
    probe.worked();
    const second = admitted(breaker);
    expect(breaker.admit()).toBeUndefined();
    expect(breaker.state.kind).toBe('half-open');
    second.worked();
    expect(breaker.state.kind).toBe('closed');
    expect(changes).toEqual(['open', 'closed']);
    // The failures from before count no more.
    fail(breaker, 4);
    expect(breaker.state.kind).toBe('closed');
  });

  test('a probe that fails opens it for twice as long, up to a longest time', () => {
    const { breaker, changes, now, pass } = world({ openMsMax: 10_000 });
    fail(breaker, 5);
    const began = now();
    const lengths: number[] = [];
    for (let time = 0; time < 60; time += 1) {
      const { state } = breaker;
      if (state.kind !== 'open') throw new Error(`is ${state.kind}`);
      expect(state.since).toBe(began);
      lengths.push(state.until - now());
      pass(state.until - now());
      admitted(breaker).failed('still');
    }
    expect(lengths.slice(0, 5)).toEqual([2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(new Set(lengths.slice(4))).toEqual(new Set([10_000]));
    expect(changes).toEqual(['open']);
  });

  test('a relay that flaps is left alone for longer and longer; one that holds out begins anew', () => {
    const { breaker, now, pass } = world();
    const openings = [1, 2, 3, 4].map((_each, index) => {
      if (index === 3) pass(120_000);
      fail(breaker, 5);
      const { state } = breaker;
      if (state.kind !== 'open') throw new Error(`is ${state.kind}`);
      const length = state.until - now();
      pass(length);
      mend(breaker);
      return length;
    });
    expect(openings).toEqual([2_000, 4_000, 8_000, 2_000]);
  });

  test('what was on its way when it opened counts no more', () => {
    const { breaker, pass } = world();
    const late = Array.from({ length: 20 }, () => admitted(breaker));
    fail(breaker, 5);
    const before = breaker.state;
    for (const trial of late.slice(0, 10)) trial.failed('late');
    expect(breaker.state).toEqual(before);
    pass(2_000);
    const probe = admitted(breaker);
    for (const trial of late.slice(10)) trial.worked();
    expect(breaker.state.kind).toBe('half-open');
    probe.failed('still');
    expect(breaker.state.kind).toBe('open');
  });

  test('a probe that is dropped makes room at once, one that never reports after a minute', () => {
    const { breaker, pass } = world();
    fail(breaker, 5);
    pass(2_000);
    admitted(breaker).dropped();
    const silent = admitted(breaker);
    pass(59_999);
    expect(breaker.admit()).toBeUndefined();
    pass(1);
    const next = admitted(breaker);
    silent.failed('too late');
    expect(breaker.state.kind).toBe('half-open');
    next.worked();
    admitted(breaker).worked();
    expect(breaker.state.kind).toBe('closed');
  });
});
