import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { createDkimSigner } from '../../src/headers/dkim-signer.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { expectedReading } from './expected-reading.ts';
import { violations } from './invariants.ts';
import { readMessage } from './read-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

const folder = new URL('./golden/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.slice(0, -'.in.json'.length));

const key = rsaKey();
const signer = createDkimSigner({ domain: 'crm.example', selector: 's1', key });

/** JSON has no bytes: files stand in it as base64. */
function readInput(name: string): MaskedMessage {
  const input = JSON.parse(
    readFileSync(new URL(`${name}.in.json`, folder), 'utf8'),
  ) as MaskedMessage;
  const attachments = input.content.attachments.map((each) => ({
    ...each,
    content: Buffer.from(String(each.content), 'base64'),
  }));
  return { ...input, content: { ...input.content, attachments } };
}

test('each golden message has a sentence that says why it is there', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8');
  const described = [...readme.matchAll(/^- `([a-z-]+)`: /gm)].map((match) => match[1]);
  expect(new Set(described)).toEqual(new Set(cases));
  expect(described).toHaveLength(cases.length);
  expect(cases.length).toBeGreaterThanOrEqual(12);
});

describe.each(cases)('%s', (name) => {
  const message = readInput(name);
  const rendered = renderMessage(message);
  const bytes = assembleMessage(rendered, []);

  test('is rendered to the bytes on file', () => {
    const actualFile = new URL(`${name}.actual.eml`, folder);
    const expected = readFileSync(new URL(`${name}.expected.eml`, folder));
    if (expected.equals(bytes)) rmSync(actualFile, { force: true });
    else writeFileSync(actualFile, bytes);
    expect(bytes.toString('latin1')).toBe(expected.toString('latin1'));
  });

  test('breaks no invariant', () => {
    expect(violations(message, bytes)).toEqual([]);
    for (const secret of Object.values(message.content.metadata)) {
      expect(bytes.includes(secret)).toBe(false);
    }
  });

  test('is read back by another program as it was given', async () => {
    expect(await readMessage(bytes)).toEqual(expectedReading(message));
  });

  test('is signed so that another program verifies it', async () => {
    const field = await signer.sign(rendered, message.dateMs);
    const now = new Date(message.dateMs);
    const signed = assembleMessage(rendered, [field]);
    expect(await signatureResults(signed, key, 's1._domainkey.crm.example', now)).toEqual(['pass']);
  });
});
