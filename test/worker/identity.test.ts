import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { resolveIdentity } from '../../src/worker/identity.ts';
import { dkimKeyPair, testKeyring } from '../support/world.ts';

const privateKey = dkimKeyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const dkim = [{ selector: 's1', privateKey }];
const provider = { domain: 'crm.example' };

describe('resolveIdentity', () => {
  test('fills in every default', () => {
    expect(resolveIdentity(provider, dkim, testKeyring)).toMatchObject({
      domain: 'crm.example',
      sender: { name: 'crm.example', address: 'mailer@crm.example' },
      bounceHost: 'bounce.crm.example',
      activeSelector: 's1',
    });
  });

  test('takes what is given; the first key is active, the others stay', () => {
    const identity = resolveIdentity(
      {
        domain: 'CRM.example',
        senderName: 'Acme CRM',
        senderAddress: 'post@crm.example',
        bounceHost: 'returns.crm.example',
      },
      [{ selector: 's2', privateKey }, ...dkim],
      testKeyring,
    );
    expect(identity).toMatchObject({
      domain: 'crm.example',
      sender: { name: 'Acme CRM', address: 'post@crm.example' },
      bounceHost: 'returns.crm.example',
      activeSelector: 's2',
    });
    for (const selector of ['s1', 's2']) identity.signer('acme.example', selector, false);
    expect(() => identity.signer('crm.example', 's3', false)).toThrow(/no DKIM key.*"s3"/);
  });

  test.each<[string, Parameters<typeof resolveIdentity>, readonly string[]]>([
    ['a domain that is none', [{ domain: 'crm' }, dkim, testKeyring], ['provider.domain']],
    [
      'a bounce host that is none',
      [{ ...provider, bounceHost: 'a b' }, dkim, testKeyring],
      ['provider.bounceHost'],
    ],
    [
      'an address that is none',
      [{ ...provider, senderAddress: 'post' }, dkim, testKeyring],
      ['provider.senderAddress'],
    ],
    [
      'a name with a line break',
      [{ ...provider, senderName: 'a\r\nBcc: b' }, dkim, testKeyring],
      ['provider.senderName'],
    ],
    ['no key', [provider, [], testKeyring], ['dkim']],
    [
      'a keyring without its current key',
      [provider, dkim, { current: 'b', keys: {} }],
      ['keyring'],
    ],
    [
      'a key that is too short',
      [provider, dkim, { current: 'a', keys: { a: Buffer.alloc(8) } }],
      ['keyring'],
    ],
    [
      'a key id that no token can carry',
      [provider, dkim, { current: '1', keys: { 1: Buffer.alloc(32) } }],
      ['keyring'],
    ],
    [
      'several things',
      [{ ...provider, senderAddress: '@', senderName: '\0' }, [], { current: '', keys: {} }],
      ['provider.senderAddress', 'provider.senderName', 'dkim', 'keyring'],
    ],
  ])('%s is refused by name', (_what, options, fields) => {
    expect(() => resolveIdentity(...options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        problems: expect.arrayContaining(fields.map((field) => expect.objectContaining({ field }))),
      }),
    );
  });

  test.each([
    ['no key at all', 'planted-secret'],
    [
      'an elliptic one',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
  ])('a key that cannot sign (%s) stops the start, and is not repeated', (_what, key) => {
    expect(() =>
      resolveIdentity(provider, [{ selector: 's1', privateKey: key }], testKeyring),
    ).toThrow(
      expect.objectContaining({
        code: 'SIGNING_FAILED',
        message: expect.not.stringContaining('planted-secret'),
      }),
    );
  });
});
