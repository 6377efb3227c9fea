import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { createDkimSigner, type Signer } from '../../src/headers/dkim-signer.ts';
import type { MaskedMessage, RenderedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { signAll } from '../../src/headers/sign-all.ts';
import type { Envelope } from '../../src/mail/envelope.ts';
import { maskingModes } from '../../src/mail/kinds.ts';
import { OnbehalfError } from '../../src/runtime/errors.ts';
import { example, exampleBulk, inMode, mailbox } from './example-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

const key = rsaKey();
const options = { domain: 'crm.example', selector: 's1', key };
const signer = createDkimSigner(options);
const relaySafe = createDkimSigner({ ...options, relaySafe: true });
const { dateMs } = example();

const single = example({
  cc: [mailbox('cy@dest.example')],
  inReplyTo: '<a@dest.example>',
  headers: [['X-Deal', '7']],
});
const bulk: MaskedMessage = { ...single, bulk: { ...exampleBulk, suppressAutoResponses: true } };

function signedNames(field: string): readonly string[] {
  return /h=([^;]*);/.exec(field.replace(/\s/g, ''))?.[1]?.split(':') ?? [];
}

async function passes(rendered: RenderedMessage, field: string): Promise<boolean> {
  const message = assembleMessage(rendered, [field]);
  const results = await signatureResults(
    message,
    key,
    's1._domainkey.crm.example',
    new Date(dateMs),
  );
  expect(results).toHaveLength(1);
  return results[0] === 'pass';
}

const fieldsOf = (head: string): readonly string[] =>
  head.split(/(?<=\r\n)(?![ \t])/).filter((field) => field !== '');

const nameOf = (field: string): string => field.slice(0, field.indexOf(':')).toLowerCase();

describe.each([
  ...maskingModes.map((mode) => [`single mail, ${mode}`, inMode(single, mode), signer] as const),
  ...maskingModes.map((mode) => [`a campaign, ${mode}`, inMode(bulk, mode), signer] as const),
  ['single mail through a relay', single, relaySafe] as const,
  ['a campaign through a relay', bulk, relaySafe] as const,
])('the signature of %s', (_, message, by) => {
  const rendered = renderMessage(message);

  test('is broken by one more of any field it names, and by one less', async () => {
    const field = await by.sign(rendered, dateMs);
    expect(await passes(rendered, field)).toBe(true);
    const names = new Set(signedNames(field));
    for (const name of names) {
      const head = `${name}: x@y.example\r\n${rendered.head}`;
      expect([name, await passes({ ...rendered, head }, field)]).toEqual([name, false]);
      const below = `${rendered.head}${name}: x@y.example\r\n`;
      expect([name, await passes({ ...rendered, head: below }, field)]).toEqual([name, false]);
    }
    for (const each of fieldsOf(rendered.head).filter((one) => names.has(nameOf(one)))) {
      const head = rendered.head.replace(each, '');
      expect([each, await passes({ ...rendered, head }, field)]).toEqual([each, false]);
    }
  });

  test('names From and never what transport adds', async () => {
    const names = signedNames(await by.sign(rendered, dateMs));
    expect(names.filter((name) => name === 'from')).toHaveLength(2);
    for (const name of ['return-path', 'received', 'bcc', 'dkim-signature', 'comments']) {
      expect(names).not.toContain(name);
    }
  });
});

test('every field of a message is signed, but for those a relay replaces', async () => {
  for (const message of [single, bulk]) {
    const { head, body } = renderMessage(message);
    const present = new Set(fieldsOf(head).map(nameOf));
    const names = new Set(signedNames(await signer.sign({ head, body }, dateMs)));
    expect([...present].filter((name) => !names.has(name))).toEqual([]);
    const fewer = new Set(signedNames(await relaySafe.sign({ head, body }, dateMs)));
    expect([...present].filter((name) => !fewer.has(name)).toSorted()).toEqual(
      ['date', 'message-id', 'sender'].toSorted(),
    );
  }
});

describe('single mail', () => {
  test('may pass a mailing list, which adds fields of its own', async () => {
    const rendered = renderMessage(single);
    const field = await signer.sign(rendered, dateMs);
    const head = `List-Id: <list.example>\r\nList-Unsubscribe: <mailto:x@y.example>\r\n${rendered.head}`;
    expect(await passes({ ...rendered, head }, field)).toBe(true);
  });
});

describe('a campaign', () => {
  test('is signed over both fields of one-click unsubscribe', async () => {
    const names = signedNames(await signer.sign(renderMessage(bulk), dateMs));
    for (const name of ['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'feedback-id']) {
      expect(names.filter((each) => each === name)).toHaveLength(2);
    }
  });

  test('allows no list field that it has not', async () => {
    const { help: _, ...withoutHelp } = exampleBulk;
    const rendered = renderMessage({ ...single, bulk: withoutHelp });
    const field = await signer.sign(rendered, dateMs);
    const head = `List-Help: <https://evil.example/>\r\n${rendered.head}`;
    expect(await passes({ ...rendered, head }, field)).toBe(false);
  });
});

test('a relay-safe signature survives another Message-ID and Date and a Sender', async () => {
  const rendered = renderMessage(inMode(single, 'aligned'));
  const field = await relaySafe.sign(rendered, dateMs);
  const head = `Sender: login@relay.example\r\n${rendered.head
    .replace(/^Message-ID: .*$/m, 'Message-ID: <0100-abc@email.relay.example>')
    .replace(/^Date: .*$/m, 'Date: Mon, 23 Nov 2026 08:31:00 +0000')}`;
  expect(await passes({ ...rendered, head }, field)).toBe(true);
  expect(await passes({ ...rendered, head }, await signer.sign(rendered, dateMs))).toBe(false);
});

describe('signAll', () => {
  const rendered = renderMessage(single);
  const occasion = { signedAtMs: dateMs, lastAttemptMs: dateMs + 1000 };

  test('gives a field of each signer, in their order', async () => {
    const other = createDkimSigner({ ...options, domain: 'acme.example', selector: 'crm1' });
    const fields = await signAll(rendered, [other, signer], occasion);
    expect(fields.map((field) => /d=([^;]*);\s+s=([^;]*);/.exec(field)?.slice(1))).toEqual([
      ['acme.example', 'crm1'],
      ['crm.example', 's1'],
    ]);
    expect(fields[1]).toBe(await signer.sign(rendered, dateMs, dateMs + 1000));
  });

  test('rejects where one of them fails', async () => {
    const failing: Signer = {
      sign: () => Promise.reject(new OnbehalfError('SIGNING_FAILED', 'no')),
    };
    await expect(signAll(rendered, [signer, failing], occasion)).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
    });
  });

  test('rejects without a signer', async () => {
    await expect(signAll(rendered, [], occasion)).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
  });

  test('tells a signer who sends to whom', async () => {
    const seen: (Envelope | undefined)[] = [];
    const curious: Signer = {
      sign(_rendered, _signedAtMs, _lastAttemptMs, envelope) {
        seen.push(envelope);
        return Promise.resolve('X: y\r\n');
      },
    };
    const { address } = mailbox('jane@acme.example');
    const envelope: Envelope = { mailFrom: address, rcptTo: [address] };
    await signAll(rendered, [curious], { ...occasion, envelope });
    expect(seen).toEqual([envelope]);
  });
});
