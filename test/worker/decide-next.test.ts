import { describe, expect, test } from '@jest/globals';
import { decideNext, type AttemptOutcome } from '../../src/worker/decide-next.ts';
import { resolveRetryPlan, type RetryOptions } from '../../src/worker/retry-plan.ts';
import { endWith } from '../support/classified.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = 100_000;
const short: RetryOptions = { baseMs: 1_000, capMs: 8_000, jitter: 0 };
const base = { attempt: 1, now, expiresAt: now + 1_000 * hour, mayMaskAgain: false };

function decide(part: Partial<AttemptOutcome>, options = short, random = 0.5) {
  return decideNext({ ...base, result: 'deferred', ...part }, resolveRetryPlan(options), random);
}

/** What follows a reply under the default plan, without its jitter. */
function after(text: string, part: Partial<AttemptOutcome> = {}, random = 0) {
  return decide({ ...endWith(text), ...part }, { jitter: 0 }, random);
}

const inMs = (ms: number) => expect.objectContaining({ kind: 'retry', at: now + ms });

test.each(['accepted', 'rejected'] as const)('%s is final, however late', (result) => {
  for (const expiresAt of [0, 1_000_000]) {
    expect(decide({ result, expiresAt })).toEqual({ kind: 'final', state: result });
  }
});

test.each(['deferred', 'uncertain'] as const)('%s is tried again after the backoff', (result) => {
  const waits = [1, 2, 3, 4, 5, 50].map((attempt) => decide({ result, attempt }));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000].map(inMs));
});

test('a next time at or past the expiry ends a deferred send and holds an uncertain one', () => {
  expect(decide({ expiresAt: now + 1_001 })).toEqual(inMs(1_000));
  for (const expiresAt of [now + 1_000, now, 0]) {
    expect(decide({ expiresAt })).toEqual({ kind: 'final', state: 'expired' });
    const reason = expect.stringContaining('uncertain');
    expect(decide({ expiresAt, result: 'uncertain' })).toMatchObject({ kind: 'hold', reason });
    expect(decide({ expiresAt, uncertainBefore: 1 })).toMatchObject({ kind: 'hold', reason });
  }
});

test('a refusal by policy is tried once more at once, unless the time to send is over', () => {
  const mayMaskAgain = true;
  for (const result of ['rejected', 'deferred'] as const) {
    expect(decide({ result, mayMaskAgain })).toEqual({ kind: 'mask-again', at: now });
    expect(decide({ result, mayMaskAgain, expiresAt: now })).toMatchObject({ kind: 'final' });
  }
  for (const result of ['accepted', 'uncertain'] as const) {
    expect(decide({ result, mayMaskAgain }).kind).not.toBe('mask-again');
  }
});

test.each([
  ['451 4.7.1 Greylisted', true],
  ['450 Not now', true],
  ['452 4.2.2 Mailbox full', true],
  ['421 4.7.28 Too many messages', false],
  ['451 4.3.0 Local problem', false],
  ['550 5.2.1 The user you are trying to contact is receiving mail too quickly', true],
  ['554 5.7.1 Client host blocked using zen.spamhaus.org', false],
])('%s: over the same route again: %s', (text, expected) => {
  const next = after(text);
  expect(next.kind === 'retry' && next.sameRoute === true).toBe(expected);
});

describe('the schedule of a class', () => {
  test.each<[string, readonly number[]]>([
    ['451 4.7.1 Greylisted', [5, 5, 15, 30, 60, 60]],
    ['451 4.3.0 Try again', [1, 2, 4, 8, 16, 32]],
    ['450 4.1.1 unverified', [1, 2, 4, 8, 16, 32]],
    ['421 4.7.28 unusual rate', [5, 10, 20, 40, 80, 120]],
    ['452 4.2.2 Over quota', [60, 240, 720, 1_440, 1_440, 1_440]],
    ['450 what?', [1, 2, 4, 8, 16, 32]],
  ])('%s: minutes %p', (text, minutes) => {
    const steps = minutes.map((_, index) => after(text, { attempt: index + 1 }));
    expect(steps).toEqual(minutes.map((each) => inMs(each * minute)));
  });

  test('the jitter stays in its bounds and is there', () => {
    const reply = { code: 450, text: '' };
    const at = [0, 0.25, 0.999_999].map((random) => decide({ reply }, { jitter: 0.2 }, random));
    expect(at).toEqual([48_000, 54_000, 72_000].map(inMs));
  });

  test('all of it can be set', () => {
    const options = {
      jitter: 0,
      schedules: { slow: [7_000] },
      classes: { greylisted: 'slow' },
    } as const;
    const greylisted = endWith('451 4.7.1 Greylisted');
    // What the class demands at least still holds.
    expect(decide(greylisted, options)).toEqual(inMs(5 * minute));
    expect(decide(greylisted, { ...options, capMs: 9_000 })).toEqual(inMs(9_000));
    const full = endWith('452 4.2.2 Mailbox full');
    expect(decide({ ...full, attempt: 9 }, options)).toEqual(inMs(7_000));
  });
});

describe('a server that names a time', () => {
  test('is never asked sooner', () => {
    expect(after('450 4.2.1 try again in 2 hours')).toEqual(inMs(2 * hour));
    expect(after('421 4.7.0 Too many messages, retry after 40 minutes')).toEqual(inMs(40 * minute));
  });

  test('a short time counts for greylisting and rates; others wait as long as their schedule says', () => {
    expect(after('451 Greylisted, try again in 30 seconds')).toEqual(inMs(30_000));
    expect(after('421 4.7.28 Too fast, wait 20 seconds')).toEqual(inMs(20_000));
    expect(after('450 4.1.1 try again in 1 second', { attempt: 3 })).toEqual(inMs(4 * minute));
  });

  test('those asked together come back a little later, each at a time of its own', () => {
    expect(after('450 try again in 10 minutes', {}, 0.5)).toEqual(inMs(10 * minute + 30_000));
  });

  test('past the expiry the send has expired', () => {
    const expiresAt = now + hour;
    const late = after('450 try again in 2 hours', { expiresAt });
    expect(late).toEqual({ kind: 'final', state: 'expired' });
    expect(after('450 try again in 59 minutes', { expiresAt })).toEqual(inMs(59 * minute));
  });
});

describe('another route', () => {
  test.each([
    '451 4.3.0 Local error',
    '452 4.3.1 Insufficient system storage',
    '451 4.4.1 No answer',
    '552 5.3.4 Too big for us',
    '553 5.6.7 Address is not ASCII',
    '530 5.7.0 Log in first',
    '554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org',
    '421 4.7.0 Very low reputation of the sending IP',
    '550 5.7.25 Your IP address has no PTR record',
    '554 5.7.1 Relay access denied',
    '555 5.5.4 Unsupported option: SMTPUTF8',
  ])('takes over at once after %s, if there is one', (text) => {
    const step = after(text, { otherRoute: true });
    expect(step).toMatchObject({ kind: 'switch-route', at: now });
    expect(after(text).kind).not.toBe('switch-route');
    expect(after(text, { otherRoute: true, expiresAt: now })).toMatchObject({ kind: 'final' });
  });

  test('takes over where the connection broke before the body', () => {
    const bounce = { class: 'network_error' } as const;
    expect(decide({ bounce, otherRoute: true })).toMatchObject({ kind: 'switch-route' });
  });

  test.each([
    '451 4.7.1 Greylisted',
    '421 4.7.28 unusual rate',
    '550 5.1.1 unknown user',
    '450 4.2.2 full',
    '550 5.7.1 no',
  ])('cannot help after %s', (text) => {
    expect(after(text, { otherRoute: true }).kind).not.toBe('switch-route');
  });

  test('is never tried after an uncertain attempt at once', () => {
    expect(decide({ result: 'uncertain', otherRoute: true })).toEqual(inMs(1_000));
  });
});

test.each(['550 5.1.2 No such domain', '503 5.5.1 Bad sequence'])('%s: once more', (text) => {
  expect(after(text)).toEqual(inMs(minute));
  const final = { kind: 'final', state: 'rejected' };
  expect(after(text, { attempt: 2 })).toEqual(final);
  expect(after(text, { expiresAt: now + minute })).toEqual(final);
});

describe('what time heals is tried again whatever its first digit was', () => {
  test.each<[string, number, RetryOptions]>([
    ['552 5.2.2 Mailbox full', 60, {}],
    ['550 5.2.1 The user receives mail at a rate that prevents more', 60, {}],
    ['554 5.7.1 Client host blocked using zen.spamhaus.org', 5, {}],
    ['550 5.7.1 Rate limit exceeded, slow down', 5, {}],
    ['554 5.3.0 Command died with status 127', 60, {}],
    ['552 5.2.2 Mailbox full', 1, { classes: { mailbox_full: 'std' } }],
  ])('%s: after %d minutes', (text, minutes, options) => {
    const end = endWith(text);
    expect(end.result).toBe('rejected');
    expect(decide(end, { jitter: 0, ...options })).toEqual(inMs(minutes * minute));
    const late = { ...end, expiresAt: now + minutes * minute };
    expect(decide(late, { jitter: 0, ...options })).toEqual({ kind: 'final', state: 'expired' });
    // It may have arrived before it was refused for certain.
    expect(decide({ ...late, uncertainBefore: 1 }, { jitter: 0, ...options }).kind).toBe('hold');
  });

  test('a schedule for a class makes nothing be tried again that is over', () => {
    const options = { jitter: 0, classes: { user_unknown: 'slow' } } as const;
    expect(decide(endWith('550 5.1.1 User unknown'), options)).toMatchObject({ kind: 'final' });
    expect(decide(endWith('450 4.1.1 User unknown'), options)).toEqual(inMs(hour));
  });

  test('a virus is over even with a 4xx', () => {
    const end = endWith('451 4.7.1 Message contains a virus');
    expect(decide(end)).toEqual({ kind: 'final', state: 'rejected' });
  });
});

test('what wants TLS goes once more with it at once, over the same route, before any other', () => {
  const end = endWith('550 5.7.10 Encryption needed');
  const step = decide({ ...end, mayDemandTls: true, otherRoute: true });
  expect(step).toMatchObject({ kind: 'retry', at: now, sameRoute: true });
  expect(decide({ ...end, otherRoute: true })).toMatchObject({ kind: 'switch-route' });
  expect(decide(end)).toEqual({ kind: 'final', state: 'rejected' });
  expect(decide({ ...end, mayDemandTls: true, expiresAt: now })).toMatchObject({ kind: 'final' });
});

describe('an uncertain attempt', () => {
  const result = 'uncertain';

  test('is held where that is the policy', () => {
    const reason = expect.stringContaining('policy');
    expect(decide({ result, uncertainPolicy: 'hold' })).toEqual({ kind: 'hold', reason });
    expect(decide({ result, uncertainPolicy: 'resend' })).toEqual(inMs(1_000));
  });

  test('is held when it is one of too many', () => {
    const kinds = [0, 1, 2, 3].map((uncertainBefore) => decide({ result, uncertainBefore }).kind);
    expect(kinds).toEqual(['retry', 'retry', 'hold', 'hold']);
    const patient = { ...short, uncertainMax: 5 };
    expect(decide({ result, uncertainBefore: 3 }, patient)).toEqual(inMs(1_000));
  });
});
