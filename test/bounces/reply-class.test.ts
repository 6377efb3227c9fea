import { expect, test } from '@jest/globals';
import { replyClasses, replyClassOf, type ReplyClass } from '../../src/bounces/reply-class.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';

test.each<[ReplyClass, string]>([
  ['user-unknown', '550 5.1.1 The email account that you tried to reach does not exist.'],
  ['user-unknown', '450 4.1.1 <a@b.example>: Recipient address rejected: unverified address'],
  ['mailbox-inactive', '550 5.2.1 The account has been disabled'],
  ['mailbox-full', '452 4.2.2 The recipient is out of storage space'],
  ['mailbox-full', '552 5.2.2 Over quota'],
  ['domain-unknown', '550 5.1.2 Bad destination system: no such domain'],
  ['domain-refuses-mail', '556 5.1.10 Recipient address has null MX'],
  ['domain-refuses-mail', '521 Server does not accept mail'],
  ['message-too-large', '552 5.3.4 Message size exceeds fixed maximum message size'],
  ['extension-missing', '553 5.6.7 Non-ASCII addresses not permitted'],
  ['network-error', '450 4.4.1 connect to mx.b.example: Connection timed out'],
  ['remote-system-error', '421 4.3.2 Service shutting down'],
  ['remote-system-error', '451 4.3.0 Temporary lookup failure'],
  ['remote-system-full', '452 4.3.1 Insufficient system storage'],
  ['remote-system-full', '452 Requested action not taken'],
  ['greylisted', '450 4.2.0 <a@b.example>: Greylisted, see http://postgrey.example/'],
  ['greylisted', '451 4.7.1 Greylisting in action, please come back later'],
  ['rate-limited', '421 4.7.28 Our system has detected an unusual rate of mail'],
  ['rate-limited', '421 4.7.0 Too many connections from your IP'],
  ['rate-limited', '454 Throttling failure: Maximum sending rate exceeded.'],
  ['rate-limited', '452 4.5.3 Too many recipients'],
  ['rate-limited', '450 4.2.1 The user you are trying to contact is receiving mail too quickly'],
  ['auth-failed', '550 5.7.26 Unauthenticated email'],
  ['login-refused', '530 5.7.0 Authentication required'],
  ['login-refused', '535 5.7.8 Bad credentials'],
  ['login-refused', '454 4.7.0 Temporary authentication failure'],
  // Some providers say 5.7.9 of a message that fails DMARC.
  ['unknown', '554 5.7.9 Message not accepted for policy reasons.'],
  ['protocol-error', '503 5.5.1 Bad sequence of commands'],
  ['protocol-error', '501 Syntax error'],
  ['unknown', '550 5.7.1 Message rejected'],
  ['unknown', '554 5.4.14 Hop count exceeded, too many hops'],
  ['unknown', '421 Service not available'],
  ['unknown', '250 2.1.1 Ok'],
])('%s: %s', (expected, text) => {
  const reply = parseSmtpReply(text);
  if (reply === undefined) throw new Error('no reply');
  expect(replyClassOf(reply)).toBe(expected);
  expect(replyClasses).toContain(expected);
});

test('every class is listed once', () => {
  expect(new Set(replyClasses).size).toBe(replyClasses.length);
});
