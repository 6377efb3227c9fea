import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../../../src/bounces/classify-mail.ts';
import type { NoticeReading } from '../../../src/bounces/classification.ts';
import { boundedNotice } from '../../../src/history/intake/bounded-notice.ts';
import { readHeader } from '../../../src/history/intake/header-lines.ts';
import { judgeNotice } from '../../../src/history/intake/judge-notice.ts';
import type { IntakeVerdict } from '../../../src/history/intake-verdict.ts';
import type { Keyring } from '../../../src/mail/keyring.ts';
import {
  autoReplyOf,
  bounceOf,
  complaintOf,
  forgedReturnPath,
  sentMail,
  withoutOurFields,
} from '../../support/notices.ts';
import '../../support/leftovers.ts';

const keyring: Keyring = { current: 'a', keys: { a: Buffer.alloc(32, 7) } };
const now = Date.UTC(2026, 10, 23, 9);
const dayMs = 86_400_000;
const bob = 'bob@client.example';
const offer = sentMail(keyring, 'offer', bob, now);
const bare = withoutOurFields(offer);

function judge(raw: Buffer, change: (reading: NoticeReading) => NoticeReading = (same) => same) {
  const notice = boundedNotice(change(classifyMail(raw)));
  const reading = { ok: true, notice, contentKey: 'key' } as const;
  return judgeNotice(readHeader(raw).fields, reading, { keyring, now });
}

function reasonOf(verdict: IntakeVerdict): string {
  return verdict.kind === 'quarantined' ? verdict.reason : verdict.kind;
}

describe('judgeNotice', () => {
  test('reads a bounce: what it says, and all that names its send', () => {
    const { sendId, messageId } = offer;
    expect(judge(bounceOf(offer, { envelopeId: sendId.toUpperCase() }))).toMatchObject({
      kind: 'notice',
      contentKey: 'key',
      format: 'rfc3464',
      proof: { sendId, messageId, claimedMessageId: messageId, claimedSendId: sendId },
      results: [
        {
          kind: 'bounced',
          class: 'user_unknown',
          action: 'failed',
          code: 550,
          enhancedCode: '5.1.1',
          recipient: bob,
          remoteMta: 'mx.client.example',
        },
      ],
      headerDateMs: Date.UTC(2026, 10, 23, 8, 30, 15),
      from: 'MAILER-DAEMON@relay.example',
    });
  });

  test.each<[string, Buffer, string]>([
    ['a complaint', complaintOf(offer), 'complained'],
    ['an automatic reply', autoReplyOf(offer), 'auto-replied'],
    [
      'a warning of delay',
      bounceOf(offer, {
        recipients: [{ action: 'delayed', status: '4.4.1', diagnostic: '451 4.4.1 no answer' }],
      }),
      'delayed',
    ],
  ])('%s', (_name, raw, kind) => {
    const proof = { sendId: offer.sendId };
    expect(judge(raw)).toMatchObject({ kind: 'notice', proof, results: [{ kind }] });
  });

  test('each recipient is a result of its own, but not one who got the mail', () => {
    const recipients = [{}, { original: 'eve@client.example', action: 'delayed', status: '4.2.2' }];
    const delivered = { original: 'ok@client.example', action: 'delivered', status: '2.0.0' };
    const verdict = judge(bounceOf(offer, { recipients: [...recipients, delivered] }));
    expect(verdict).toMatchObject({
      results: [
        { kind: 'bounced', recipient: bob },
        { kind: 'delayed', recipient: 'eve@client.example' },
      ],
    });
  });

  test.each<[string, Buffer, string]>([
    [
      'a letter',
      Buffer.from('From: eve@client.example\r\nSubject: Hi\r\n\r\nHow are you?\r\n'),
      'not-a-notice',
    ],
    [
      'a report of a delivery',
      bounceOf(offer, {
        recipients: [{ action: 'delivered', status: '2.0.0', diagnostic: '250 ok' }],
      }),
      'not-a-notice',
    ],
    ['a forged return path', bounceOf(bare, { to: forgedReturnPath(1) }), 'forged-token'],
    [
      'a return path whose mac is cut',
      bounceOf(bare, { to: offer.returnPath.replace(/.@/, 'a@') }),
      'forged-token',
    ],
    [
      'a return path of ours of 61 days ago',
      bounceOf(withoutOurFields(sentMail(keyring, 'offer', bob, now - 61 * dayMs))),
      'expired-token',
    ],
    ['no return path at all', bounceOf(bare, { to: 'postmaster@crm.example' }), 'notice'],
  ])('%s', (_name, raw, expected) => {
    expect(reasonOf(judge(raw))).toBe(expected);
  });

  test('a forged return path is no hindrance where our own header proves the message', () => {
    const verdict = judge(bounceOf(offer, { to: forgedReturnPath(1) }));
    const { messageId } = offer;
    expect(verdict).toMatchObject({ proof: { messageId, claimedMessageId: messageId } });
    expect(verdict).not.toHaveProperty('proof.sendId');
  });

  test('a Message-ID in a forged report helps it nothing', () => {
    const header = [...bare.header, `Message-ID: <${offer.messageId}@crm.example>`];
    const verdict = judge(bounceOf({ ...bare, header }, { to: forgedReturnPath(2) }));
    expect(reasonOf(verdict)).toBe('forged-token');
  });

  test('a mail that could not be read in time tells why', () => {
    const failed = { ok: false, detail: 'parsing it took more than 10000 ms' } as const;
    const { fields } = readHeader(Buffer.from('From: eve@client.example\n\n'));
    expect(judgeNotice(fields, failed, { keyring, now })).toEqual({
      kind: 'quarantined',
      reason: 'unparseable',
      detail: failed.detail,
      from: 'eve@client.example',
    });
  });
});

test('a notice is cut to what may be kept: lengths, control characters, counts', () => {
  const hostile = `\u001b[31m${'x'.repeat(5_000)}\r\nBcc: \u202eevil`;
  const raw = bounceOf(offer);
  const reading = classifyMail(raw);
  const [result] = reading.results;
  if (result === undefined) throw new Error('the fixture has a recipient');
  const bounded = boundedNotice({
    ...reading,
    results: Array.from({ length: 1_000 }, () => ({
      ...result,
      diagnostic: hostile,
      remoteMta: hostile,
      recipient: hostile,
    })),
    original: { ...reading.original, subject: hostile },
    deliveredTo: Array.from({ length: 1_000 }, () => hostile),
  });
  expect(bounded.results).toHaveLength(200);
  expect(bounded.deliveredTo).toHaveLength(50);
  const texts = [
    ...bounded.deliveredTo,
    bounded.original.subject,
    ...bounded.results.flatMap((each) => [each.diagnostic, each.remoteMta, each.recipient]),
  ];
  for (const text of texts) {
    expect(text?.length).toBeLessThanOrEqual(1_000);
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
  }
});
