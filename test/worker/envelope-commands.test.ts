import { describe, expect, test } from '@jest/globals';
import type { EmailAddress } from '../../src/mail/address.ts';
import { planEnvelope } from '../../src/worker/envelope-commands.ts';
import { readRelayOffers, type RelayOffers } from '../../src/worker/relay-offers.ts';
import type { Submission } from '../../src/worker/submission.ts';

const all = '250-r PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN';
const nothing = readRelayOffers('250 r SIZE 10 8BITMIME DSN');

function plan(
  offers: RelayOffers,
  more: { from?: string; to?: readonly string[]; text?: string; id?: string; max?: number } = {},
) {
  const submission: Submission = {
    envelope: {
      mailFrom: (more.from ?? 'b@crm.example') as EmailAddress,
      rcptTo: (more.to ?? ['bob@dest.example']) as readonly EmailAddress[],
    },
    message: Buffer.from(more.text ?? 'Subject: x\r\n\r\nHello\r\n'),
    ...(more.id === undefined ? {} : { envelopeId: more.id }),
    beforeBody: async () => undefined,
  };
  return planEnvelope(
    submission,
    offers,
    more.max === undefined ? {} : { messageBytesMax: more.max },
  );
}

describe('the reply to EHLO', () => {
  test('offers what its lines name, and its greeting names nothing', () => {
    expect(readRelayOffers(all)).toEqual({
      pipelining: false,
      size: true,
      sizeBytesMax: 1000,
      eightBitMime: true,
      smtpUtf8: true,
      dsn: true,
    });
    expect(nothing).toEqual({
      pipelining: false,
      size: false,
      eightBitMime: false,
      smtpUtf8: false,
      dsn: false,
    });
    expect(readRelayOffers('250-r\r\n250 size 0')).toMatchObject({ size: true });
    expect(readRelayOffers('250-r\r\n250 size 0').sizeBytesMax).toBeUndefined();
    expect(readRelayOffers('250-r\r\n250-XPIPELINING\r\n250 DSNX').pipelining).toBe(false);
  });
});

describe('commands', () => {
  test('say what the relay offers to hear, and nothing else', () => {
    expect(plan(readRelayOffers(all), { id: 'a+b=c' })).toMatchObject({
      mail: 'MAIL FROM:<b@crm.example> SIZE=21 RET=HDRS ENVID=a+2Bb+3Dc\r\n',
      recipients: ['RCPT TO:<bob@dest.example> NOTIFY=FAILURE,DELAY\r\n'],
    });
    expect(plan(nothing, { id: 'a' })).toMatchObject({
      mail: 'MAIL FROM:<b@crm.example>\r\n',
      recipients: ['RCPT TO:<bob@dest.example>\r\n'],
    });
    // No notices about what has no return path.
    expect(plan(readRelayOffers(all), { from: '' })).toMatchObject({
      mail: 'MAIL FROM:<> SIZE=21\r\n',
      recipients: ['RCPT TO:<bob@dest.example>\r\n'],
    });
  });

  test('declare what is not ASCII', () => {
    expect(plan(readRelayOffers(all), { to: ['jörg@dest.example'] })).toMatchObject({
      mail: expect.stringMatching(/ SMTPUTF8 /),
    });
    expect(plan(readRelayOffers(all), { text: 'a: b\r\n\r\nä\r\n' })).toMatchObject({
      mail: expect.stringMatching(/ SIZE=12 BODY=8BITMIME RET/),
    });
    expect(plan(readRelayOffers(all), { text: 'a: ä\r\n\r\n' })).toMatchObject({
      mail: expect.stringMatching(/ BODY=8BITMIME SMTPUTF8 RET/),
    });
  });
});

describe('what cannot go is known before MAIL', () => {
  test.each([
    ['too big for the relay', all, { text: 'x'.repeat(999) }, 'too-big', 552, /1001.*1000/],
    ['too big for the route', all, { text: 'x', max: 2 }, 'too-big', 552, /3 bytes.*2/],
    ['an address', '250 r', { to: ['jörg@d.example'] }, 'needs-smtputf8', 553, /address.*SMTPUTF8/],
    ['a header', '250 r', { text: 'a: ä\r\n' }, 'needs-smtputf8', 553, /header.*SMTPUTF8/],
    ['8-bit text', '250 r', { text: 'a: b\r\n\r\nä' }, 'needs-8bitmime', 554, /8BITMIME/],
    ['a bare line feed', all, { text: 'a\nb' }, 'broken-bytes', 554, /line feed/],
    ['a command in an address', all, { to: ['a@b>\r\nRSET'] }, 'broken-bytes', 554, /address/],
    ['a command in the return path', all, { from: 'a@b\nDATA' }, 'broken-bytes', 554, /address/],
    ['nobody to send to', all, { to: [] }, 'broken-bytes', 554, /address/],
  ] as const)('%s', (_what, ehlo, more, problem, code, reason) => {
    expect(plan(readRelayOffers(ehlo), more)).toMatchObject({
      kind: 'unsendable',
      problem,
      reason: expect.stringMatching(reason),
      reply: { code, enhancedCode: expect.stringMatching(/^5\./) },
    });
  });
});
