import { expect, test } from '@jest/globals';
import { classifyAttempt } from '../../src/bounces/classify-attempt.ts';
import { endWith, plainClassifier } from '../support/classified.ts';

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
  const { bounce, ...end } = endWith(text);
  expect(end.result).toBe(result);
  expect(bounce === undefined).toBe(result === 'accepted');
});

test.each([421, 450, 500, 530, 535, 554])(
  'a session refused with %i says nothing of the mail',
  (code) => {
    const evidence = { kind: 'session-refused', reply: { code, text: '' } } as const;
    const end = classifyAttempt(evidence, plainClassifier);
    expect(end).toMatchObject({ result: 'deferred', about: 'session' });
  },
);

test('no reply is deferred before the body, uncertain after it', () => {
  const error = { code: 'ESOCKET', message: 'read ECONNRESET' };
  const end = (bodyBegun: boolean) =>
    classifyAttempt({ kind: 'no-reply', bodyBegun, error }, plainClassifier);
  expect(end(false)).toMatchObject({ result: 'deferred', bounce: { class: 'network_error' } });
  expect(end(true)).toMatchObject({ result: 'uncertain', bounce: { class: 'network_error' } });
});

test.each([
  ['530 5.7.0 Authentication required', undefined, 'session'],
  ['550 5.7.1 Authentication is required for relay', 'rcpt', 'session'],
  // Said of the recipient, or of the message.
  ['550 5.1.1 No such user', 'rcpt', undefined],
  ['554 5.7.0 Not accepted for reasons of security', 'dot', undefined],
  ['553 5.6.7 Non-ASCII addresses are not permitted here', 'mail', 'extension'],
  ['554 5.6.3 Conversion required but not supported', 'dot', 'extension'],
  ['555 5.5.4 Unsupported option: SMTPUTF8', 'mail', 'extension'],
] as const)('%s, to %s, is about: %s', (text, phase, about) => {
  const end = endWith(text, phase);
  expect(end.about).toBe(about);
  expect(end.result).toBe(about === 'session' ? 'deferred' : 'rejected');
});

test('what no try mends is rejected, also with a 4xx', () => {
  const end = endWith('451 4.7.1 A virus was found in this message', 'dot');
  expect(end).toMatchObject({ result: 'rejected', bounce: { class: 'virus', retry: 'none' } });
});

test.each([
  // What time heals: a certain refusal, and yet tried again.
  ['552 5.2.2 Mailbox is over quota', 'mailbox_full', 'rejected', 'slow'],
  ['452 4.2.2 Mailbox is over quota', 'mailbox_full', 'deferred', 'slow'],
  ['550 5.1.1 No such user here', 'user_unknown', 'rejected', 'none'],
  // The reply's own digit counts, whatever its enhanced code says.
  ['450 5.1.1 No such user here', 'user_unknown', 'deferred', 'std'],
  ['550 4.1.1 No such user here', 'user_unknown', 'rejected', 'none'],
])('%s', (text, name, result, retry) => {
  expect(endWith(text, 'rcpt')).toMatchObject({ result, bounce: { class: name, retry } });
});
