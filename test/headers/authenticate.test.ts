import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { createDkimSigner, type Signer } from '../../src/headers/dkim-signer.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { signAll } from '../../src/headers/sign-all.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { envelopeSender } from '../../src/mail/envelope-sender.ts';
import { messageIdFromKey, sendIdOf } from '../../src/mail/ids.ts';
import type { MaskingMode } from '../../src/mail/kinds.ts';
import { dkimRecord, receive, type Verdict, type Zone } from './authenticate.ts';
import { example, exampleBulk, file, inMode } from './example-message.ts';
import { provider } from './mode-invariants.ts';
import { rsaKey } from './verify-signature.ts';

/** Where the provider's relay and the user's own mail service send from. */
const providerIp = '192.0.2.25';
const userIp = '198.51.100.7';

const providerKey = rsaKey();
/** The provider's key under the customer's domain, and the key of the user's own mail service. */
const customerKey = rsaKey();
const userKey = rsaKey();

// The judge has no clock to set: signatures of its past must not have expired.
const forever = { expiresAfterMs: 100 * 366 * 86_400_000 };
const signerOf = (domain: string, selector: string, key: typeof providerKey): Signer =>
  createDkimSigner({ domain, selector, key, ...forever });
const asProvider = signerOf('crm.example', 's1', providerKey);
const asCustomer = signerOf('acme.example', 'crm1', customerKey);
const asUser = signerOf('acme.example', 'own', userKey);

const baseZone: Zone = {
  'bounce.crm.example': `v=spf1 ip4:${providerIp} -all`,
  'em.acme.example': `v=spf1 ip4:${providerIp} -all`,
  'acme.example': `v=spf1 ip4:${userIp} -all`,
  's1._domainkey.crm.example': dkimRecord(providerKey),
  'crm1._domainkey.acme.example': dkimRecord(customerKey),
  'own._domainkey.acme.example': dkimRecord(userKey),
  '_dmarc.crm.example': 'v=DMARC1; p=reject',
};

function mailFromOf(mode: MaskingMode, returnPathHost?: string): EmailAddress {
  return envelopeSender({
    mode,
    from: example().content.from.address,
    keyring: { current: 'a', keys: { a: new Uint8Array(32).fill(7) } },
    sendId: sendIdOf(messageIdFromKey('default', 'x'), 'bob@dest.example'),
    atMs: Date.now(),
    bounceHost: provider.bounceHost,
    ...(returnPathHost === undefined ? {} : { returnPathHost }),
  });
}

interface Way {
  readonly mode: MaskingMode;
  readonly signers: readonly Signer[];
  readonly ip: string;
  readonly returnPathHost?: string;
}

const ways = {
  'on-behalf': { mode: 'on-behalf', signers: [asProvider], ip: providerIp },
  'aligned, DKIM alone': { mode: 'aligned', signers: [asCustomer, asProvider], ip: providerIp },
  'aligned, return path too': {
    mode: 'aligned',
    signers: [asCustomer, asProvider],
    ip: providerIp,
    returnPathHost: 'em.acme.example',
  },
  rewritten: { mode: 'rewritten', signers: [asProvider], ip: providerIp },
  // We do not sign: her own mail service does.
  direct: { mode: 'direct', signers: [asUser], ip: userIp },
} as const satisfies Record<string, Way>;

const messages: Readonly<Record<string, MaskedMessage>> = {
  'a plain message': example(),
  'a campaign with a file': {
    ...example({ html: '<p>Grüße</p>', attachments: [file('a.pdf')] }),
    bulk: exampleBulk,
  },
};

async function judged(way: Way, message: MaskedMessage, zone: Zone): Promise<Verdict> {
  const rendered = renderMessage(inMode(message, way.mode));
  const fields = await signAll(rendered, way.signers, { signedAtMs: Date.UTC(2026, 0) });
  const mailFrom = mailFromOf(way.mode, way.returnPathHost);
  return receive(assembleMessage(rendered, fields), { ip: way.ip, mailFrom }, zone);
}

const pass = { spf: 'pass', dmarc: 'pass' };

// The judge knows no strict alignment; domains and choice of mode are tested for that elsewhere.
describe.each(['none', 'reject'])('where the user’s domain publishes p=%s', (policy) => {
  const zone = { ...baseZone, '_dmarc.acme.example': `v=DMARC1; p=${policy}` };

  test.each<[keyof typeof ways, Verdict]>([
    [
      'on-behalf',
      { spf: 'pass', dkim: ['pass'], dmarc: 'fail', aligned: { spf: false, dkim: false } },
    ],
    [
      'aligned, DKIM alone',
      { ...pass, dkim: ['pass', 'pass'], aligned: { spf: false, dkim: true } },
    ],
    [
      'aligned, return path too',
      { ...pass, dkim: ['pass', 'pass'], aligned: { spf: true, dkim: true } },
    ],
    ['rewritten', { ...pass, dkim: ['pass'], aligned: { spf: true, dkim: true } }],
    ['direct', { ...pass, dkim: ['pass'], aligned: { spf: true, dkim: true } }],
  ])('%s gives what is expected of it', async (name, expected) => {
    for (const message of Object.values(messages)) {
      expect(await judged(ways[name], message, zone)).toEqual(expected);
    }
  });
});

test('on-behalf has no verdict of DMARC where the user’s domain has no record', async () => {
  const verdict = await judged(ways['on-behalf'], example(), baseZone);
  expect(verdict).toMatchObject({ spf: 'pass', dkim: ['pass'], dmarc: 'none' });
});

test('aligned fails DMARC where the customer’s key is not in DNS: what the choice of mode must see', async () => {
  const { 'crm1._domainkey.acme.example': _, ...without } = baseZone;
  const zone = { ...without, '_dmarc.acme.example': 'v=DMARC1; p=reject' };
  const verdict = await judged(ways['aligned, DKIM alone'], example(), zone);
  expect(verdict).toMatchObject({ dkim: ['neutral', 'pass'], dmarc: 'fail' });
});

test('a mail that only pretends to come from us fails', async () => {
  const rendered = renderMessage(inMode(example(), 'rewritten'));
  const verdict = await receive(
    assembleMessage(rendered, []),
    { ip: '203.0.113.9', mailFrom: mailFromOf('rewritten') },
    baseZone,
  );
  expect(verdict).toMatchObject({ spf: 'fail', dmarc: 'fail' });
});
