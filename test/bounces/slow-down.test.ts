import { describe, expect, test } from '@jest/globals';
import { slowDownOf } from '../../src/bounces/slow-down.ts';
import { classOf, smtpReply } from '../support/classified.ts';

const minuteMs = 60_000;

const found = (line: string) => slowDownOf(smtpReply(line), classOf(line));

describe('replies that ask to slow down', () => {
  test.each([
    // Google's recipe: ten minutes at least, whatever a reply asks for.
    [
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.\r\n421 4.7.28 To protect our users from spam, mail has been temporarily rate limited.',
      'provider',
      10 * minuteMs,
    ],
    ['421 4.7.28 unusual rate, try again in 2 minutes', 'provider', 10 * minuteMs],
    ['421 4.7.28 unusual rate, try again in 20 minutes', 'provider', 20 * minuteMs],
    ['454 4.7.0 Throttling failure: Maximum sending rate exceeded.', 'route', 5_000],
    ['421 4.7.0 Too many concurrent SMTP connections; please try again later.', 'route', minuteMs],
    ['421 Too many connections from your IP (192.0.2.1)', 'route', minuteMs],
    [
      '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited',
      'provider',
      5 * minuteMs,
    ],
    [
      '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)',
      'provider',
      5 * minuteMs,
    ],
    [
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume',
      'provider',
      5 * minuteMs,
    ],
    ['450 4.7.1 Too many messages, retry after 90 seconds', 'provider', 90_000],
    ['452 4.3.1 Message rate limited, slow down, wait 2 min', 'provider', 2 * minuteMs],
    ['550 5.4.5 Daily user sending limit exceeded.', 'sender', 60 * minuteMs],
    // A bad name; and a list, which is not over in a minute.
    [
      '421 4.7.0 Temporarily deferred because of the low reputation of your IP address',
      'provider',
      5 * minuteMs,
    ],
    [
      '550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using bl.list.example',
      'provider',
      10 * minuteMs,
    ],
    ['450 4.2.0 Sender ana@acme.example rate limit exceeded', 'sender', 10 * minuteMs],
  ])('%s', (line, scope, waitMs) => {
    expect(found(line)).toMatchObject({ kind: 'slow', scope, waitMs });
  });
});

describe('replies that do not', () => {
  test.each([
    '250 2.0.0 Ok: queued; slow down',
    '450 4.7.1 Greylisted, try again in 5 minutes',
    '451 4.7.1 Greylisting in action, please come back in 00:04:59',
    '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
    '452 4.5.3 Too many recipients',
    '421 4.7.26 This mail is unauthenticated',
    '451 4.7.23 The sending IP has no PTR record',
    '451 4.7.5 STARTTLS required',
    '421 4.3.0 Temporary System Problem. Try again later',
    '421 4.4.2 Connection timed out',
    '550 5.7.1 This message looks like spam to us',
    '550 5.1.1 User unknown',
    '554 5.7.1 Message rejected as spam',
    '452 4.2.2 Mailbox full',
  ])('%s', (line) => {
    expect(found(line)).toEqual({ kind: 'none' });
  });
});

test('a wait out of reason is brought into bounds', () => {
  expect(found('450 4.7.1 too many messages, retry in 0 seconds')).toMatchObject({
    waitMs: 5 * minuteMs,
  });
  expect(found('450 4.7.1 too many messages, retry in 90 hours')).toMatchObject({
    waitMs: 24 * 60 * minuteMs,
  });
});
