import { describe, expect, test } from '@jest/globals';
import { projectSend, type AttemptFacts } from '../../../src/history/store/send-projection.ts';

const nothing = {
  result: null,
  nextAt: null,
  mode: null,
  modeRow: null,
  route: null,
  replyCode: null,
  replyEnhancedCode: null,
  replyText: null,
  bounceClass: null,
  bounceRule: null,
  reason: null,
};
const deferred: AttemptFacts = {
  ...nothing,
  number: 1,
  result: 'deferred',
  state: 'waiting',
  at: 100,
  nextAt: 200,
  mode: 'on-behalf',
  modeRow: 10,
  route: 'main',
  replyCode: 451,
  replyEnhancedCode: '4.7.1',
  replyText: 'greylisted',
  bounceClass: 'greylisted',
  bounceRule: 'greylist.words',
};
const accepted: AttemptFacts = {
  ...deferred,
  number: 2,
  result: 'accepted',
  state: 'accepted',
  at: 210,
  nextAt: null,
  replyCode: 250,
  replyEnhancedCode: '2.0.0',
  replyText: 'queued',
  bounceClass: null,
  bounceRule: null,
};
const expired: AttemptFacts = {
  ...nothing,
  number: 2,
  state: 'expired',
  at: 300,
  reason: 'no attempt before expiresAt',
};

describe('projectSend', () => {
  test('a send that waits', () => {
    expect(projectSend([deferred])).toEqual({
      state: 'waiting',
      attemptCount: 1,
      lastAttempt: 1,
      mode: 'on-behalf',
      modeRow: 10,
      route: 'main',
      replyCode: 451,
      replyEnhancedCode: '4.7.1',
      replyText: 'greylisted',
      bounceClass: 'greylisted',
      bounceRule: 'greylist.words',
      reason: null,
      firstAt: 100,
      lastAt: 100,
      nextAt: 200,
      finalAt: null,
    });
  });

  test('the highest attempt decides, in whichever order they are given', () => {
    const projection = projectSend([deferred, accepted]);
    expect(projection).toMatchObject({
      state: 'accepted',
      attemptCount: 2,
      lastAttempt: 2,
      replyCode: 250,
      // Its failures are over.
      bounceClass: null,
      bounceRule: null,
      firstAt: 100,
      lastAt: 210,
      nextAt: null,
      finalAt: 210,
    });
    expect(projectSend([accepted, deferred])).toEqual(projection);
  });

  test('an end without an attempt keeps the answer before it', () => {
    expect(projectSend([expired, deferred])).toMatchObject({
      state: 'expired',
      attemptCount: 1,
      lastAttempt: 2,
      replyCode: 451,
      bounceClass: 'greylisted',
      route: 'main',
      mode: 'on-behalf',
      reason: 'no attempt before expiresAt',
    });
  });

  test('a final state is never left, though the later attempt is counted', () => {
    const late = { ...deferred, number: 3, at: 400 };
    expect(projectSend([late, accepted])).toMatchObject({
      state: 'accepted',
      lastAttempt: 2,
      replyCode: 250,
      nextAt: null,
      attemptCount: 2,
    });
    const second = { ...expired, number: 4 };
    expect(projectSend([second, accepted]).state).toBe('accepted');
  });
});
