import { describe, expect, test } from '@jest/globals';
import { formatSmtpReply, parseSmtpReply } from '../../src/mail/smtp-reply.ts';

describe('parseSmtpReply', () => {
  test.each([
    ['250 2.0.0 OK', { code: 250, enhancedCode: '2.0.0', text: 'OK' }],
    ['250', { code: 250, text: '' }],
    ['354 Go ahead', { code: 354, text: 'Go ahead' }],
    [
      '550-5.1.1 The email account that you tried to reach\r\n550 5.1.1 does not exist.\r\n',
      {
        code: 550,
        enhancedCode: '5.1.1',
        text: 'The email account that you tried to reach does not exist.',
      },
    ],
    [
      '421 4.7.0 [TSS04] Messages temporarily deferred',
      { code: 421, enhancedCode: '4.7.0', text: '[TSS04] Messages temporarily deferred' },
    ],
    // Gmail documents a 4xx reply with a 5.x.x code.
    ['421 5.7.32 Not from here', { code: 421, enhancedCode: '5.7.32', text: 'Not from here' }],
    ['451 4.7.1', { code: 451, enhancedCode: '4.7.1', text: '' }],
    ['550 Mailbox 5.1.1 unknown', { code: 550, text: 'Mailbox 5.1.1 unknown' }],
    ['550 5.1.1234 text', { code: 550, text: '5.1.1234 text' }],
    ['550 x\u001b[31m\ty\u0085z', { code: 550, text: 'x [31m y z' }],
    ['550 ab\u202e\u2066dc\u2069 e\u200ff', { code: 550, text: 'ab dc  e f' }],
  ])('reads %j', (raw, reply) => {
    expect(parseSmtpReply(raw)).toEqual(reply);
  });

  test.each([[''], ['OK'], ['25 OK'], ['2500 OK'], ['150 OK'], ['600 OK'], [' 250 OK'], ['250OK']])(
    'refuses %j',
    (raw) => {
      expect(parseSmtpReply(raw)).toBeUndefined();
    },
  );

  test('cuts text at 1,000 characters', () => {
    expect(parseSmtpReply(`550 ${'x'.repeat(5000)}`)?.text).toBe('x'.repeat(1000));
  });
});

test.each(['250 2.0.0 OK', '550 5.1.1 User unknown', '451 Later', '250'])(
  'formatSmtpReply gives back %j',
  (line) => {
    const reply = parseSmtpReply(line);
    expect(reply && formatSmtpReply(reply)).toBe(line);
  },
);
