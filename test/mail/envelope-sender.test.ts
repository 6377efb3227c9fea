import { expect, test } from '@jest/globals';
import { domainOf, localPartOf, type EmailAddress } from '../../src/mail/address.ts';
import { envelopeSender, type EnvelopeSenderFacts } from '../../src/mail/envelope-sender.ts';
import { messageIdFromKey, sendIdOf } from '../../src/mail/ids.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';

const facts: EnvelopeSenderFacts = {
  mode: 'on-behalf',
  from: 'jane@acme.example' as EmailAddress,
  keyring: { current: 'a', keys: { a: new Uint8Array(32).fill(7) } },
  sendId: sendIdOf(messageIdFromKey('default', 'x'), 'bob@dest.example'),
  atMs: Date.UTC(2026, 10, 23),
  bounceHost: 'bounce.crm.example',
};
const ownHost = 'em.acme.example';

test.each([
  ['on-behalf', undefined, 'bounce.crm.example'],
  ['on-behalf', ownHost, 'bounce.crm.example'],
  ['rewritten', undefined, 'bounce.crm.example'],
  ['rewritten', ownHost, 'bounce.crm.example'],
  ['aligned', undefined, 'bounce.crm.example'],
  ['aligned', ownHost, 'em.acme.example'],
] as const)('%s with return path at %s is a return path at %s', (mode, returnPathHost, host) => {
  const sender = envelopeSender({
    ...facts,
    mode,
    ...(returnPathHost === undefined ? {} : { returnPathHost }),
  });
  expect(domainOf(sender)).toBe(host);
  expect(parseReturnPath(facts.keyring, localPartOf(sender), facts.atMs)?.sendId).toBe(
    facts.sendId,
  );
});

test('direct is the user’s own address, whatever hosts there are', () => {
  expect(envelopeSender({ ...facts, mode: 'direct', returnPathHost: ownHost })).toBe(facts.from);
});
