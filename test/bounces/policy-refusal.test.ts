import { expect, test } from '@jest/globals';
import { isPolicyRefusal } from '../../src/bounces/policy-refusal.ts';
import { classOf, smtpReply } from '../support/classified.ts';

test.each([
  [
    true,
    "550-5.7.26 Unauthenticated email from acme.example is not accepted due to\r\n550 5.7.26 domain's DMARC policy.",
  ],
  [true, '550 5.7.26 This mail has been blocked because the sender is unauthenticated.'],
  [true, '421 4.7.32 Your email has been rate limited because the From: header is not aligned'],
  [true, '421 5.7.32 From header not aligned with SPF or DKIM'],
  [
    true,
    '550 5.7.515 Access denied, sending domain acme.example does not meet the required authentication level.',
  ],
  [true, '550 5.7.509 Access denied, sending domain does not pass DMARC verification'],
  [
    true,
    '550 5.7.9 This mail has been blocked: we require all senders to authenticate with SPF or DKIM. requires all senders to authenticate',
  ],
  [true, '554 5.7.5 Permanent error evaluating DMARC policy'],
  // SPF speaks of the return path, which is ours in every mode.
  [false, '550 5.7.23 The message was rejected: SPF validation failed'],
  [false, '550 5.1.1 User unknown'],
  [false, '451 4.7.1 Greylisted, please try again in 2 seconds'],
  [false, '550 5.7.30 Basic authentication is not supported for Client Submission.'],
  [false, '530 5.7.0 Authentication required'],
  [false, '535 5.7.8 Error: authentication failed'],
  [false, '554 5.7.1 Archives are not accepted here'],
  [false, '550 5.7.25 The IP address sending this message does not have a PTR record'],
  [false, '250 2.0.0 Ok: dmarc pass'],
])('%s: %s', (expected, text) => {
  expect(isPolicyRefusal(smtpReply(text), classOf(text))).toBe(expected);
});
