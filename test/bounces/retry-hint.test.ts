import { expect, test } from '@jest/globals';
import { retryHintMs } from '../../src/bounces/retry-hint.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

function hint(text: string): number | undefined {
  const reply = parseSmtpReply(text);
  if (reply === undefined) throw new Error(`no reply: ${text}`);
  return retryHintMs(reply);
}

test.each([
  [2 * second, '451 4.7.1 Greylisted, please try again in 2 seconds'],
  [300 * second, '450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted for 300 seconds'],
  [5 * minute, '451 4.7.1 Greylisting in action, please come back in 00:05:00'],
  [4 * minute + 59 * second, '451 Please try again in 04:59'],
  [4 * minute + 59 * second, '421 Try again in 4m59s'],
  [4 * minute + 59 * second, '421 retry in 4 minutes and 59 seconds'],
  [hour + 30 * minute, '421 4.7.0 Too many messages, retry after 1 hour, 30 minutes'],
  [hour, '450 4.2.1 The user is receiving mail too quickly. Please resend in an hour'],
  [hour, '550 5.7.1 You are sending too much. Try again after 1 hr.'],
  [30 * minute, '450 4.7.1 try again in half an hour'],
  [24 * hour, '452 4.2.2 Mailbox is over quota, retry in 1 day'],
  [10 * minute, '421-4.7.0 Too many connections from your host.\r\n421 4.7.0 Wait 10 min'],
  [15 * minute, '450 try again later, at the earliest after fifteen minutes'],
  [90 * second, '421 4.3.2 Delayed 2 hours ago; now retry in 90 sec'],
])('%d ms: %s', (expected, text) => {
  expect(hint(text)).toBe(expected);
});

test.each([
  '450 4.2.0 Greylisted, see http://postgrey.example/help/acme.example.html',
  '421 4.7.0 Try again later, closing connection.',
  '421 4.7.28 Our system has detected an unusual rate. Try again. Limit is 100 per hour',
  '451 4.7.1 try again in a few minutes',
  '450 retry 3 times in 5 minutes at most',
  '421 retry on port 587 or 10.0.0.1',
  '451 delayed 2 hours ago',
  '451 try again in 400 days',
  '451 try again in 0 seconds',
  '250 2.0.0 queued, retry in 5 minutes',
  '550 5.1.1 User unknown',
])('no hint: %s', (text) => {
  expect(hint(text)).toBeUndefined();
});

test('the longest hostile text costs no more than a plain one', () => {
  const began = process.cpuUsage();
  for (const part of ['try ', 'again in ', 'wait 1 minute and ', 'try again 9', '1h', 'half an ']) {
    hint(`451 ${part.repeat(2_000)}`);
  }
  const { user } = process.cpuUsage(began);
  expect(user / 1_000).toBeLessThan(500);
});
