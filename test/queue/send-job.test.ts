import { describe, expect, test } from '@jest/globals';
import { campaignSendId } from '../../src/mail/campaign-send-id.ts';
import { parseSendJob } from '../../src/queue/send-job.ts';
import { sampleJob } from './sample-send.ts';

test('reads what was written, and drops what it does not know', () => {
  const job = sampleJob();
  const stored = JSON.parse(JSON.stringify({ ...job, addedLater: true })) as unknown;
  expect(parseSendJob(stored)).toEqual(job);
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'must be an object'],
  ['a text', 'job', 'must be an object'],
  ['a list', [], 'must be an object'],
  ['no version', {}, 'no version number'],
  ['a version that is none', { v: '1' }, 'no version number'],
  ['version 0', { v: 0 }, 'no version number'],
  ['half a version', { v: 1.5 }, 'no version number'],
])('refuses %s', (_what, data, text) => {
  expect(() => parseSendJob(data)).toThrow(
    expect.objectContaining({ code: 'INVALID_JOB', message: expect.stringContaining(text) }),
  );
});

test.each<[string, unknown]>([
  ['sendId', 'short'],
  ['messageId', 'A'.repeat(26)],
  ['tenant', ''],
  ['recipient', 'nobody'],
  ['recipient', 'bob@dest.example\r\nRCPT TO:<eve@x.example>'],
  ['recipientDomains', 'dest.example'],
  ['requestedMode', 'hidden'],
  ['contentKey', 7],
  ['kind', 'chain'],
  ['createdAt', -1],
  ['sendAt', '1'],
  ['expiresAt', Number.NaN],
])('names the field %s when it is %p, and does not repeat its value', (field, value) => {
  expect(() => parseSendJob({ ...sampleJob(), [field]: value })).toThrow(
    expect.objectContaining({
      code: 'INVALID_JOB',
      problems: [expect.objectContaining({ field })],
      message: expect.not.stringContaining('eve@x.example'),
    }),
  );
});

test('names all fields at fault at once', () => {
  expect(() => parseSendJob({ v: 1 })).toThrow(
    expect.objectContaining({
      problems:
        'sendId messageId tenant recipient recipientDomains contentKey kind createdAt sendAt expiresAt'
          .split(' ')
          .map((field) => expect.objectContaining({ field })),
    }),
  );
});

test('a newer version is told apart from damage', () => {
  expect(() => parseSendJob({ v: 2, whatever: true })).toThrow(
    expect.objectContaining({ code: 'NEWER_VERSION' }),
  );
});

test('the id of a campaign must fit the campaign, the tenant and the hour', () => {
  const position = { tenant: 'default', campaign: 'spring', createdAt: 7_200_000, sequence: 3 };
  const sendId = campaignSendId(position, 'bob@dest.example');
  const job = sampleJob({ sendId, campaign: 'spring', createdAt: 7_200_000 });
  expect(parseSendJob(job)).toEqual(job);
  for (const more of [{ campaign: 'autumn' }, { tenant: 'other' }, { createdAt: 1 }]) {
    expect(() => parseSendJob({ ...job, ...more })).toThrow(
      expect.objectContaining({
        code: 'INVALID_JOB',
        problems: [expect.objectContaining({ field: 'sendId' })],
      }),
    );
  }
});

describe('the filling of a send of a template', () => {
  const filling = {
    to: { name: 'Bob', address: sampleJob().recipient },
    subject: '',
    variables: { name: 'Bob', deal_2: '' },
  };

  test('is read whole, and is not there on other jobs', () => {
    const job = sampleJob(filling);
    expect(parseSendJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(Object.keys(parseSendJob(sampleJob()))).not.toContain('to');
  });

  test.each<[string, string, unknown]>([
    ['to', 'missing', undefined],
    ['to', 'a text', 'bob@dest.example'],
    ['to', 'another address', { address: 'eve@dest.example' }],
    ['to', 'a name with a line break', { ...filling.to, name: 'Bob\r\nBcc: eve@x.example' }],
    ['to', 'a name that is no text', { ...filling.to, name: 7 }],
    ['subject', 'missing', undefined],
    ['subject', 'a number', 7],
    ['variables', 'missing', undefined],
    ['variables', 'a list', ['Bob']],
    ['variables', 'of a value that is no text', { name: 7 }],
    ['variables', 'of an odd name', { 'a b': '' }],
    ['variables', 'of a name of objects', JSON.parse('{"__proto__":"x"}')],
    ['variables', 'too large', { name: 'x'.repeat(2048) }],
  ])('names %s that is %s', (field, _what, value) => {
    expect(() => parseSendJob({ ...sampleJob(filling), [field]: value })).toThrow(
      expect.objectContaining({
        code: 'INVALID_JOB',
        problems: [expect.objectContaining({ field })],
        message: expect.not.stringContaining('eve@x.example'),
      }),
    );
  });
});
