import { describe, expect, test } from '@jest/globals';
import type { FromDomainFacts } from '../../src/mail/domain-facts.ts';
import { createProducer, type SendInput } from '../../src/producer/index.ts';
import { checkSend } from '../../src/producer/check-send.ts';
import { atEnd } from '../support/leftovers.ts';

const mail: SendInput = {
  from: 'Jane Doe <jane@acme.example>',
  to: 'bob@dest.example',
  subject: 'Hello',
  text: 'Hello Bob',
};

const facts = (more: Partial<FromDomainFacts> = {}): FromDomainFacts => ({
  domain: 'acme.example',
  organisationalDomain: 'acme.example',
  freemail: false,
  dmarc: { kind: 'none-found' },
  verification: { kind: 'none', missing: ['There is no record.'] },
  ...more,
});

const reject: FromDomainFacts['dmarc'] = {
  kind: 'published',
  policy: 'reject',
  recordDomain: 'acme.example',
  strictDkim: false,
  strictSpf: false,
};

// No server is there: check() must not need one.
const producer = createProducer({ redisUrl: 'redis://127.0.0.1:1' });
atEnd(() => producer.close());

describe('check() says the mode before anything is sent', () => {
  test.each<[string, Partial<SendInput>, Partial<FromDomainFacts>, object]>([
    ['nothing forbids it', {}, {}, { kind: 'chosen', mode: 'on-behalf', row: 10 }],
    ['a protected domain', {}, { dmarc: reject }, { mode: 'rewritten', row: 6 }],
    ['bulk', { kind: 'bulk' }, {}, { mode: 'rewritten', row: 8 }],
    [
      'a mode that cannot pass',
      { mode: 'on-behalf' },
      { dmarc: reject },
      { kind: 'refused', requested: 'on-behalf', better: 'rewritten' },
    ],
    [
      'DNS that does not answer',
      {},
      { dmarc: { kind: 'temperror', reason: 'x' } },
      { kind: 'wait' },
    ],
  ])('%s', (_name, input, known, expected) => {
    expect(producer.check({ ...mail, ...input }, { from: facts(known) })).toMatchObject(expected);
  });

  test('the mailbox of the user comes first, and an opt-in can be taken back', () => {
    expect(producer.check(mail, { from: facts(), connected: true })).toMatchObject({
      mode: 'direct',
      row: 2,
    });
    expect(producer.check(mail, { from: facts(), optedIn: false })).toMatchObject({
      mode: 'rewritten',
    });
  });

  test('it refuses what send() would refuse', () => {
    expect(() => producer.check({ ...mail, to: 'nobody' }, { from: facts() })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});

describe('threads and invitations', () => {
  const calendar = {
    method: 'REQUEST' as const,
    content: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n',
  };

  test('are part of the content', () => {
    const { content } = checkSend(
      {
        ...mail,
        inReplyTo: '<1@x.example>',
        references: ['<0@x.example>', '<1@x.example>'],
        calendar,
      },
      1_000_000,
    );
    expect(content).toMatchObject({
      inReplyTo: '<1@x.example>',
      references: ['<0@x.example>', '<1@x.example>'],
      calendar,
    });
  });

  test.each<[string, object]>([
    ['inReplyTo', { inReplyTo: '1@x.example' }],
    ['inReplyTo', { inReplyTo: '<1@x.example>\r\nBcc: <eve@x.example>' }],
    ['references[1]', { references: ['<0@x.example>', 7] }],
    ['references', { references: '<0@x.example>' }],
    ['calendar', { calendar: 'BEGIN:VCALENDAR' }],
    ['calendar', { calendar: { ...calendar, method: 'CANCEL' } }],
    ['mode', { mode: 'hidden' }],
  ])('a bad %s is named', (field, more) => {
    expect(() => checkSend({ ...mail, ...more }, 1_000_000)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field })] }),
    );
  });
});
