import { expect, test } from '@jest/globals';
import { classifyAttempt } from '../../src/bounces/classify-attempt.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';

test.each([
  ['250 2.0.0 Ok: queued as 4Z1', 'accepted'],
  ['250 OK', 'accepted'],
  ['251 User not local; will forward', 'accepted'],
  ['252 Cannot verify', 'accepted'],
  ['421 4.7.0 Try again later, closing connection.', 'deferred'],
  ['450 4.2.0 Greylisted, see https://postgrey.example', 'deferred'],
  ['451 4.7.650 The mail server has been temporarily rate limited', 'deferred'],
  ['452 4.2.2 Mailbox full', 'deferred'],
  // The first digit decides, also where the enhanced code says otherwise.
  ['450 5.1.1 Unknown user', 'deferred'],
  ['550 4.2.1 Unknown user', 'rejected'],
  ['550 5.1.1 User unknown', 'rejected'],
  ['550-5.7.26 Unauthenticated email\r\n550 5.7.26 from example.com', 'rejected'],
  ['552 5.3.4 Message size exceeds limit', 'rejected'],
  ['554 5.7.1 Relay access denied', 'rejected'],
  // Asked to log in amid a transaction: that is about us, not about the mail.
  ['530 5.7.0 Authentication required', 'deferred'],
  ['535 5.7.8 Authentication credentials invalid', 'deferred'],
  // Not a final reply at all: nothing is known of the mail.
  ['354 End data', 'uncertain'],
  ['334 VXNlcm5hbWU6', 'uncertain'],
])('the reply %p is %s', (text, result) => {
  const reply = parseSmtpReply(text);
  if (reply === undefined) throw new TypeError('no reply');
  expect(classifyAttempt({ kind: 'reply', reply })).toBe(result);
});

test.each([421, 450, 500, 530, 535, 554])(
  'a session refused with %i says nothing of the mail',
  (code) => {
    expect(classifyAttempt({ kind: 'session-refused', reply: { code, text: '' } })).toBe(
      'deferred',
    );
  },
);

test('no reply is deferred before the body, uncertain after it', () => {
  expect(classifyAttempt({ kind: 'no-reply', bodyBegun: false })).toBe('deferred');
  expect(classifyAttempt({ kind: 'no-reply', bodyBegun: true })).toBe('uncertain');
});
