import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { authenticate } from 'mailauth';
import { previewMessage, type Preview } from '../../src/cli/preview-message.ts';
import { createDomainFacts } from '../../src/domains/domain-facts.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { checkSend, contentBytesMaxDefault } from '../../src/producer/check-send.ts';
import type { SendInput } from '../../src/producer/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { resolveIdentity } from '../../src/worker/identity.ts';
import { previewZone } from './preview-zone.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const resolver = createZoneResolver(previewZone(publicKey.toString('base64')));
const identity = resolveIdentity(
  { domain: 'crm.example' },
  [{ selector: 'onbehalf1', privateKey }],
  { current: 'a', keys: { a: Buffer.alloc(32, 1) } },
);
const domains = createDomainFacts({ resolver, clock: systemClock, provider: identity.inDns });

interface Change extends Partial<SendInput> {
  readonly connected?: boolean;
  readonly optedIn?: boolean;
}

async function preview(from: string, change: Change = {}): Promise<Preview> {
  const { connected = false, optedIn, ...input } = change;
  const mail = { from, to: 'bob@dest.example', subject: 'Your quote', text: 'Hello Bob' };
  const send = checkSend({ ...mail, ...input }, contentBytesMaxDefault);
  return previewMessage({
    send,
    identity,
    domains,
    connected,
    optedIn: optedIn ?? send.kind === 'single',
    now: Date.now(),
  });
}

/** SPF, DKIM and DMARC as an independent program finds them at the receiving end. */
async function judged({ envelope, message }: Preview): Promise<readonly string[]> {
  const { spf, dkim, dmarc } = await authenticate(message, {
    ip: '192.0.2.10',
    helo: 'relay.crm.example',
    mta: 'mx.dest.example',
    sender: envelope.mailFrom,
    disableArc: true,
    disableBimi: true,
    resolver: async (name, type) => {
      const answer = await resolver.resolve(name, type as 'TXT');
      if (answer.kind === 'records') return answer.records.map((record) => [...record]);
      throw Object.assign(new Error(answer.kind), { code: 'ENOTFOUND' });
    },
  });
  const signatures = dkim.results.map(({ status }) => status.result);
  return [
    spf === false ? 'none' : spf.status.result,
    signatures.find((each) => each !== 'pass') ?? 'pass',
    dmarc === false ? 'none' : (dmarc?.status.result ?? 'none'),
  ];
}

const plainName = (domain: string): string => `Jane Doe <jane@${domain}>`;
const alias = (domain: string): string => `Jane Doe via crm.example <jane=${domain}@u.crm.example>`;
const phrase = 'mailer@crm.example on behalf of Jane Doe';

// Domain in From, what else differs; row, mode, DMARC, what is shown, whether it is marked.
test.each<readonly [string, Change, number, string, string, (domain: string) => string, boolean]>([
  ['plain.example', {}, 10, 'on-behalf', 'none', plainName, true],
  ['none.example', {}, 10, 'on-behalf', 'fail', plainName, true],
  ['none.example', { optedIn: false }, 9, 'rewritten', 'pass', alias, false],
  ['none.example', { kind: 'bulk' }, 8, 'rewritten', 'pass', alias, false],
  ['none.example', { kind: 'sequence' }, 9, 'rewritten', 'pass', alias, false],
  ['none.example', { mode: 'rewritten' }, 11, 'rewritten', 'pass', alias, false],
  ['quarantine.example', {}, 6, 'rewritten', 'pass', alias, false],
  ['reject.example', {}, 6, 'rewritten', 'pass', alias, false],
  ['dkim.example', {}, 4, 'aligned b1', 'pass', plainName, false],
  ['full.example', { kind: 'bulk' }, 3, 'aligned b2', 'pass', plainName, false],
  ['strict.example', {}, 3, 'aligned b1', 'pass', plainName, false],
  ['bound.example', { tenant: 'acme' }, 4, 'aligned b1', 'none', plainName, false],
  ['bound.example', {}, 10, 'on-behalf', 'none', plainName, true],
  ['gmail.com', {}, 5, 'rewritten', 'pass', alias, false],
  ['silent.example', {}, 7, 'rewritten', 'pass', alias, false],
])('%s %j: what is expected is what a receiver finds', async (domain, change, ...wanted) => {
  const [row, mode, dmarc, shows, isMarked] = wanted;
  const found = await preview(plainName(domain), change);
  const { choice, view } = found;
  expect([choice.row, [choice.mode, choice.variant ?? ''].join(' ').trim()]).toEqual([row, mode]);
  const { expected, clients } = view;
  expect([expected.spf, expected.dkim, expected.dmarc]).toEqual(['pass', 'pass', dmarc]);
  expect(await judged(found)).toEqual([expected.spf, expected.dkim, expected.dmarc]);
  const [gmail, outlook] = clients;
  expect([gmail?.shows, gmail?.via, outlook?.onBehalfOf]).toEqual(
    isMarked ? [shows(domain), 'crm.example', phrase] : [shows(domain), null, null],
  );
  expect(found.waits).toBe(domain === 'silent.example');
});

test('direct goes through her own mailbox, without a trace of us', async () => {
  const found = await preview(plainName('gmail.com'), { connected: true });
  expect([found.choice.mode, found.choice.row]).toEqual(['direct', 2]);
  expect(found.envelope.mailFrom).toBe('jane@gmail.com');
  expect(found.message.toString()).not.toMatch(/crm|onbehalf|dkim-signature/i);
});

test('an address outside ASCII gets an alias, to which answers go', async () => {
  const found = await preview('José <josé@none.example>');
  expect([found.choice.mode, found.choice.row]).toEqual(['rewritten', 1]);
  expect(found.view.clients[0]?.answersGoTo).toMatch(/^José via .+@u\.crm\.example>$/);
  expect(await judged(found)).toEqual(['pass', 'pass', 'pass']);
});

test.each([
  ['on-behalf', 'reject.example', 'asks receivers to reject', 'rewritten'],
  ['on-behalf', 'gmail.com', 'gives mailboxes to the public', 'rewritten'],
  ['aligned', 'plain.example', 'There is no record at', 'on-behalf'],
  ['direct', 'full.example', 'has not connected a mailbox', 'aligned'],
  ['on-behalf', 'silent.example', 'DNS did not answer', 'rewritten'],
] as const)(
  '%s from %s cannot pass: reason and better mode',
  async (mode, domain, reason, better) => {
    const attempt = preview(plainName(domain), { mode });
    await expect(attempt).rejects.toMatchObject({
      code: 'MODE_CANNOT_PASS',
      message: expect.stringMatching(
        new RegExp(`^mode ${mode} cannot pass: .*${reason}.* Mode ${better} can\\.$`),
      ),
    });
  },
);
