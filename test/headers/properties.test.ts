import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { relaxedBody } from '../../src/headers/canonicalise.ts';
import { createDkimSigner } from '../../src/headers/dkim-signer.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { maskingModes } from '../../src/mail/kinds.ts';
import { codeOf } from '../../src/runtime/errors.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { arbitraryMessage } from './arbitrary-message.ts';
import { expectedReading } from './expected-reading.ts';
import { violations } from './invariants.ts';
import { readMessage } from './read-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

/** How many bodies were said to be relaxed, and how many not. */
const relaxed = { yes: 0, no: 0 };

/** The bytes of a message, or undefined where it is refused in the one way there is. */
function rendered(message: MaskedMessage): Buffer | undefined {
  try {
    const parts = renderMessage(message);
    relaxed[parts.isRelaxed === true ? 'yes' : 'no'] += 1;
    // Said only where a look at it would find the same.
    expect(
      Buffer.from(relaxedBody(parts.body, parts.isRelaxed)).equals(relaxedBody(parts.body)),
    ).toBe(true);
    return assembleMessage(parts, []);
  } catch (error) {
    if (codeOf(error) !== 'RENDER_FAILED') throw error;
    return undefined;
  }
}

const hiddenRecipients = ['d-k7w2rmq4h5xn3pla@in.crm.example', 'hidden.watcher@elsewhere.example'];

/** How many messages of each mode were rendered, and how many were refused. */
const noneYet = { refused: 0, 'on-behalf': 0, aligned: 0, rewritten: 0, direct: 0 };

test.each([
  ['what an attacker would put into a job', 60, 5500],
  ['what people write, and a little more', 5, 5000],
])('%s is refused, or breaks no invariant in any mode', (_, hostility, cases) => {
  const counts = { ...noneYet };
  fc.assert(
    fc.property(arbitraryMessage(hostility), (message) => {
      const bytes = rendered(message);
      counts[bytes === undefined ? 'refused' : message.mode] += 1;
      if (bytes !== undefined) {
        const found = violations(message, bytes, hiddenRecipients);
        if (found.length > 0) throw new Error(found.join('\n'));
      }
    }),
    propertyRuns(cases),
  );
  // Neither must be so rare that the test shows nothing.
  expect(counts.refused).toBeGreaterThan(cases / 20);
  for (const mode of maskingModes) expect(counts[mode]).toBeGreaterThan(cases / 50);
  expect(relaxed.yes).toBeGreaterThan(relaxed.no);
});

test('what is rendered is read back by another program as it was given', async () => {
  const counts = { ...noneYet };
  await fc.assert(
    fc.asyncProperty(arbitraryMessage(3), async (message) => {
      const bytes = rendered(message);
      counts[bytes === undefined ? 'refused' : message.mode] += 1;
      const reading = bytes && (await readMessage(bytes));
      expect(reading).toEqual(bytes && expectedReading(message));
    }),
    propertyRuns(600),
  );
  for (const mode of maskingModes) expect(counts[mode]).toBeGreaterThan(20);
});

test('the same message gives the same bytes, and another id gives others', () => {
  fc.assert(
    fc.property(arbitraryMessage(3), (message) => {
      const bytes = rendered(message);
      expect(rendered(structuredClone(message))).toEqual(bytes);
      if (bytes === undefined) return;
      const { messageId } = message;
      const other = `${messageId.slice(0, -1)}${messageId.endsWith('a') ? 'b' : 'a'}`;
      const again = rendered({ ...message, messageId: other as MaskedMessage['messageId'] });
      expect(again?.equals(bytes)).toBe(false);
    }),
    propertyRuns(300),
  );
});

test('what is rendered is signed so that another program verifies it, and no octet can change', async () => {
  const key = rsaKey();
  const signer = createDkimSigner({ domain: 'crm.example', selector: 's1', key });
  const verdict = (message: Buffer, dateMs: number): Promise<readonly string[]> =>
    signatureResults(message, key, 's1._domainkey.crm.example', new Date(dateMs + 1000));
  await fc.assert(
    fc.asyncProperty(arbitraryMessage(3), fc.nat(), async (message, at) => {
      if (rendered(message) === undefined) return;
      const parts = renderMessage(message);
      const field = await signer.sign(parts, message.dateMs);
      expect(await verdict(assembleMessage(parts, [field]), message.dateMs)).toEqual(['pass']);
      const body = Buffer.from(parts.body);
      const index = at % body.length;
      // White space may change under relaxed canonicalisation.
      if ((body[index] ?? 0) <= 0x21) return;
      body[index] = (body[index] ?? 0) ^ 1;
      const forged = assembleMessage({ ...parts, body }, [field]);
      expect(await verdict(forged, message.dateMs)).not.toEqual(['pass']);
    }),
    propertyRuns(150),
  );
});
