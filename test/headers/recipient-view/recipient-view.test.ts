import { describe, expect, test } from '@jest/globals';
import type { ClientName, ClientView } from '../../../src/headers/recipient-view/clients.ts';
import { recipientView } from '../../../src/headers/recipient-view/recipient-view.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { mailbox } from '../example-message.ts';
import { dmarc, viewed, type ViewedCase } from './viewed-message.ts';

async function view(given: ViewedCase) {
  return recipientView(await viewed(given));
}

async function client(given: ViewedCase, name: ClientName): Promise<ClientView> {
  const found = (await view(given)).clients.find((each) => each.client === name);
  if (found === undefined) throw new Error(`no view of ${name}`);
  return found;
}

const jane = 'Jane Doe <jane@acme.example>';

describe('marks by mode', () => {
  test('on-behalf: via at Gmail and Outlook on the web, on behalf of at Outlook desktop', async () => {
    const { clients } = await view({ mode: 'on-behalf' });
    expect(clients.map((each) => [each.client, each.shows, each.via, each.onBehalfOf])).toEqual([
      ['gmail', jane, 'crm.example', null],
      ['outlook-desktop', jane, null, 'mailer@crm.example on behalf of Jane Doe'],
      ['outlook-web', jane, 'crm.example', null],
      ['apple-mail', jane, null, null],
      ['yahoo', jane, null, null],
      ['thunderbird', jane, null, null],
    ]);
  });

  test.each([
    ['aligned b1', { mode: 'aligned', variant: 'b1' }, jane],
    ['aligned b2', { mode: 'aligned', variant: 'b2' }, jane],
    ['direct', { mode: 'direct' }, jane],
    ['rewritten', { mode: 'rewritten' }, 'Jane Doe via Acme CRM <jane=acme.example@u.crm.example>'],
  ] as const)('%s: none anywhere', async (_name, given, shows) => {
    const { clients } = await view(given);
    for (const each of clients) {
      expect([each.client, each.shows, each.via, each.onBehalfOf]).toEqual([
        each.client,
        shows,
        null,
        null,
      ]);
    }
  });

  test('each client says how sure it is and why', async () => {
    const { clients } = await view({ mode: 'on-behalf' });
    expect(clients.map((each) => `${each.client} ${each.confidence}`)).toEqual([
      'gmail documented',
      'outlook-desktop reported',
      'outlook-web documented',
      'apple-mail unknown',
      'yahoo unknown',
      'thunderbird documented',
    ]);
    expect(clients.every((each) => each.source.length > 10)).toBe(true);
    expect((await client({ mode: 'aligned' }, 'outlook-desktop')).confidence).toBe('documented');
  });
});

describe('answers', () => {
  test('go to the user in every mode', async () => {
    for (const mode of ['on-behalf', 'aligned', 'rewritten', 'direct'] as const) {
      expect((await client({ mode }, 'gmail')).answersGoTo).toBe(jane);
    }
  });

  test('go where the message asks for', async () => {
    const replyTo = [mailbox('team@acme.example', 'Sales, Acme'), mailbox('x@acme.example')];
    const shown = await client({ mode: 'aligned', content: { replyTo } }, 'thunderbird');
    expect(shown.answersGoTo).toBe('Sales, Acme <team@acme.example>, x@acme.example');
  });
});

describe('details', () => {
  const details = async (given: ViewedCase, name: ClientName) =>
    (await client(given, name)).details.map(({ label, value }) => `${label}: ${value}`);

  test('Gmail: mailed-by and signed-by', async () => {
    expect(await details({ mode: 'on-behalf' }, 'gmail')).toEqual([
      `from: ${jane}`,
      'to: Bob <bob@dest.example>',
      'date: Mon, 23 Nov 2026 08:30:15 +0000',
      'subject: Your offer',
      'mailed-by: bounce.crm.example',
      'signed-by: crm.example',
    ]);
    expect(await details({ mode: 'aligned', variant: 'b1' }, 'gmail')).toEqual(
      expect.arrayContaining(['mailed-by: bounce.crm.example', 'signed-by: acme.example']),
    );
    expect(await details({ mode: 'direct' }, 'gmail')).toEqual(
      expect.arrayContaining(['mailed-by: acme.example', 'signed-by: acme.example']),
    );
  });

  test('elsewhere: the fields that tell who transmitted', async () => {
    expect(await details({ mode: 'on-behalf' }, 'apple-mail')).toEqual([
      `From: ${jane}`,
      'Sender: Acme via CRM <mailer@crm.example>',
      'Return-Path: <b-token@bounce.crm.example>',
      'DKIM d=: crm.example',
    ]);
    expect(await details({ mode: 'rewritten' }, 'yahoo')).toEqual([
      'From: Jane Doe via Acme CRM <jane=acme.example@u.crm.example>',
      `Reply-To: ${jane}`,
      'Return-Path: <b-token@bounce.crm.example>',
      'DKIM d=: crm.example',
    ]);
  });
});

describe('expected SPF, DKIM and DMARC', () => {
  const results = async (given: ViewedCase) => {
    const { spf, dkim, dmarc: result, aligns } = (await view(given)).expected;
    return [spf, dkim, result, `${aligns.spf ? 'spf' : ''}${aligns.dkim ? 'dkim' : ''}`];
  };

  test.each([
    [{ mode: 'on-behalf' }, ['pass', 'pass', 'none', '']],
    [{ mode: 'on-behalf', dmarc: dmarc('none') }, ['pass', 'pass', 'fail', '']],
    [
      { mode: 'on-behalf', dmarc: { kind: 'temperror', reason: '' } },
      ['pass', 'pass', 'temperror', ''],
    ],
    [{ mode: 'aligned', variant: 'b1', dmarc: dmarc('reject') }, ['pass', 'pass', 'pass', 'dkim']],
    [{ mode: 'aligned', dmarc: dmarc('reject') }, ['pass', 'pass', 'pass', 'spfdkim']],
    [{ mode: 'aligned', dmarc: dmarc('reject', true) }, ['pass', 'pass', 'pass', 'dkim']],
    [{ mode: 'aligned' }, ['pass', 'pass', 'none', 'spfdkim']],
    [{ mode: 'rewritten', dmarc: dmarc('reject') }, ['pass', 'pass', 'pass', 'spfdkim']],
    [{ mode: 'direct', dmarc: dmarc('quarantine') }, ['pass', 'pass', 'pass', 'spfdkim']],
  ] satisfies readonly (readonly [ViewedCase, readonly string[]])[])(
    '%j',
    async (given, expected) => {
      expect(await results(given)).toEqual(expected);
    },
  );

  test('a signature under a selector that is not ours does not count', async () => {
    const given = await viewed({ mode: 'on-behalf' });
    const { provider } = given.facts;
    const facts = { ...given.facts, provider: { ...provider, selectors: ['other'] } };
    const { expected, clients } = recipientView({ ...given, facts });
    expect([expected.dkim, expected.signedBy]).toEqual(['fail', []]);
    // SPF alone then speaks for us.
    expect(clients[0]?.via).toBe('bounce.crm.example');
  });

  test('a domain that is no longer verified makes its signature fail', async () => {
    const given = await viewed({ mode: 'aligned', dmarc: dmarc('reject') });
    const from = { ...given.facts.from, verification: { kind: 'none', missing: [] } as const };
    const view = recipientView({ ...given, facts: { ...given.facts, from } });
    expect(view.expected).toMatchObject({ spf: 'unknown', dkim: 'pass', dmarc: 'fail' });
    expect(view.expected.signedBy).toEqual(['crm.example']);
  });

  test('a foreign MAIL FROM is not ours to know', async () => {
    const given = await viewed({ mode: 'on-behalf' });
    const mailFrom = 'x@relay.example' as EmailAddress;
    const { expected } = recipientView({ ...given, envelope: { ...given.envelope, mailFrom } });
    expect(expected.spf).toBe('unknown');
  });
});

test('what is shown follows from the bytes, not from what they were made of', async () => {
  const given = await viewed({ mode: 'rewritten' });
  const text = given.message
    .toString()
    .replace(/^From: [^\n]+\n( [^\n]+\n)*/m, 'From: "Somebody, Else" <eve@dest.example>\r\n')
    .replace(/^Reply-To: [^\n]+\n/m, 'Sender: <mailer@crm.example>\r\n');
  const { clients, expected } = recipientView({ ...given, message: text });
  expect(clients[1]?.shows).toBe('Somebody, Else <eve@dest.example>');
  expect(clients[1]?.answersGoTo).toBe('Somebody, Else <eve@dest.example>');
  expect(clients[1]?.onBehalfOf).toBe('mailer@crm.example on behalf of Somebody, Else');
  expect(clients[0]?.via).toBe('crm.example');
  expect(expected.dmarc).toBe('unknown');
});
