import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { createDkimSigner } from '../../src/headers/dkim-signer.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { localPartOf } from '../../src/mail/address.ts';
import { envelopeSender } from '../../src/mail/envelope-sender.ts';
import { sendIdOf } from '../../src/mail/ids.ts';
import type { Keyring } from '../../src/mail/keyring.ts';
import { maskingModes } from '../../src/mail/kinds.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';
import { expectedReading } from './expected-reading.ts';
import { goldenCases, goldenFolder, rcptToOf, readGolden } from './golden-message.ts';
import { violations } from './invariants.ts';
import { provider } from './mode-invariants.ts';
import { readMessage } from './read-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

const key = rsaKey();
const keyring: Keyring = { current: 'a', keys: { a: new Uint8Array(32).fill(7) } };
const signer = createDkimSigner({ domain: 'crm.example', selector: 's1', key });

test('each golden message has a sentence that says why it is there', () => {
  const readme = readFileSync(new URL('README.md', goldenFolder), 'utf8');
  const described = [...readme.matchAll(/^- `([a-z0-9-]+)`: /gm)].map((match) => match[1]);
  expect(new Set(described)).toEqual(new Set(goldenCases));
  expect(described).toHaveLength(goldenCases.length);
  expect(goldenCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(goldenCases.map((name) => readGolden(name).mode))).toEqual(new Set(maskingModes));
});

describe.each(goldenCases)('%s', (name) => {
  const message = readGolden(name);
  const rendered = renderMessage(message);
  const bytes = assembleMessage(rendered, []);

  test('is rendered to the bytes on file', () => {
    const actualFile = new URL(`${name}.actual.eml`, goldenFolder);
    const expected = readFileSync(new URL(`${name}.expected.eml`, goldenFolder));
    if (expected.equals(bytes)) rmSync(actualFile, { force: true });
    else writeFileSync(actualFile, bytes);
    expect(bytes.toString('latin1')).toBe(expected.toString('latin1'));
  });

  test('breaks no invariant', () => {
    expect(violations(message, bytes, rcptToOf(message))).toEqual([]);
    for (const secret of Object.values(message.content.metadata)) {
      expect(bytes.includes(secret)).toBe(false);
    }
  });

  test('is read back by another program as it was given', async () => {
    expect(await readMessage(bytes)).toEqual(expectedReading(message));
  });

  test('is signed over all it should be, and nothing that transport adds', async () => {
    const field = (await signer.sign(rendered, message.dateMs)).replace(/\s/g, '');
    const tag = (name: string): string => new RegExp(`[:;]${name}=([^;]*)`).exec(field)?.[1] ?? '';
    const names = tag('h').split(':');
    const present = rendered.head.match(/^[A-Za-z-]+(?=:)/gm) ?? [];
    for (const name of present.map((each) => each.toLowerCase())) {
      const count = present.filter((each) => each.toLowerCase() === name).length;
      expect([name, names.filter((each) => each === name).length]).toEqual([name, count + 1]);
    }
    expect(names.filter((name) => /^(?:bcc|received|return-path|dkim-sig)/.test(name))).toEqual([]);
    expect(tag('l')).toBe('');
    expect(Number(tag('t'))).toBeLessThanOrEqual(message.dateMs / 1000);
    expect(Number(tag('x'))).toBeGreaterThan(message.dateMs / 1000);
  });

  test('has the envelope of its mode', () => {
    const atMs = message.dateMs;
    const sendId = sendIdOf(message.messageId, 'bob@dest.example');
    const { from } = message.content;
    const facts = { mode: message.mode, from: from.address, keyring, sendId, atMs };
    const sender = envelopeSender({ ...facts, bounceHost: provider.bounceHost });
    const isOurs = parseReturnPath(keyring, localPartOf(sender), atMs)?.sendId === sendId;
    expect(isOurs).toBe(message.mode !== 'direct');
    expect(sender === from.address).toBe(message.mode === 'direct');
  });

  test('is signed so that another program verifies it', async () => {
    const field = await signer.sign(rendered, message.dateMs);
    const now = new Date(message.dateMs);
    const signed = assembleMessage(rendered, [field]);
    expect(await signatureResults(signed, key, 's1._domainkey.crm.example', now)).toEqual(['pass']);
  });
});
