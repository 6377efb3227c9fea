import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import { createDkimSigner, type DkimSignerOptions } from '../../src/headers/dkim-signer.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { signDkim } from '../../src/headers/sign-dkim.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { seededRandom } from '../support/seed.ts';
import { example, file, mailbox } from './example-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

const key = rsaKey();
const options: DkimSignerOptions = { domain: 'crm.example', selector: 's1', key };
const signer = createDkimSigner(options);
const { dateMs } = example();
const dayMs = 86_400_000;

const rendered = renderMessage(
  example({
    cc: [mailbox('cy@dest.example', 'Cy')],
    html: '<p>Hello <b>Bob</b></p>\n',
    headers: [
      ['X-Deal', '7'],
      ['X-Deal', '8'],
    ],
  }),
);

function verdict(message: Buffer, now = new Date(dateMs)): Promise<readonly string[]> {
  return signatureResults(message, key, 's1._domainkey.crm.example', now);
}

function tagsOf(field: string): Readonly<Record<string, string>> {
  const tags = field
    .slice(field.indexOf(':') + 1)
    .replace(/\s+/g, '')
    .split(';')
    .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)] as const);
  return Object.fromEntries(tags);
}

describe('a signature', () => {
  test.each<[string, Partial<MessageContent>]>([
    ['text', {}],
    ['no text', { text: '' }],
    ['empty lines at the end', { text: 'a\n\n\n' }],
    ['text and HTML', { html: '<p>é  é</p> \n\t<br>' }],
    ['a file', { attachments: [file('Übersicht.pdf')] }],
    [
      'a folded header block',
      { to: Array.from({ length: 9 }, () => mailbox('bob@dest.example', 'Zoë Ü')) },
    ],
    ['no subject', { subject: '' }],
    ['an empty custom field', { headers: [['X-Empty', '']] }],
    ['runs of spaces in a custom field', { headers: [['X-Runs', `a   b${' c'.repeat(60)}`]] }],
  ])('of a message with %s passes', async (_, content) => {
    const message = renderMessage(example(content));
    expect(await verdict(assembleMessage(message, [await signer.sign(message, dateMs)]))).toEqual([
      'pass',
    ]);
  });

  test('of a body that relaxed canonicalisation changes passes', async () => {
    const loose = { head: rendered.head, body: Buffer.from('a  b\t c \r\n\r\nd\r\n \r\n\r\n') };
    expect(await verdict(assembleMessage(loose, [await signer.sign(loose, dateMs)]))).toEqual([
      'pass',
    ]);
  });

  test('survives what relays do to white space', async () => {
    const signed = assembleMessage(rendered, [await signer.sign(rendered, dateMs)]);
    const refolded = signed
      .toString('latin1')
      .replace('From: Jane Doe <', 'From:  Jane\r\n\tDoe <')
      .replace('Hello Bob,\r\n', 'Hello Bob, \t\r\n');
    expect(refolded.length).toBe(signed.length + 5);
    expect(await verdict(Buffer.from(`${refolded}\r\n\r\n`, 'latin1'))).toEqual(['pass']);
  });

  test('is one field with the tags it should have and no others', async () => {
    const field = await signDkim(rendered, { ...options, key, signedAtMs: 1_700_000_000_999 });
    expect(field).toMatch(/^DKIM-Signature: v=1;[^\r\n]*\r\n(?: [^\r\n]+\r\n)+$/);
    for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    const { h, bh, b, ...others } = tagsOf(field);
    expect(others).toEqual({
      v: '1',
      a: 'rsa-sha256',
      c: 'relaxed/relaxed',
      d: 'crm.example',
      s: 's1',
      t: '1700000000',
    });
    expect(Buffer.from(bh ?? '', 'base64')).toHaveLength(32);
    expect(Buffer.from(b ?? '', 'base64')).toHaveLength(256);
    // Each name once more often than it occurs.
    expect(h).toBe(
      'from:from:sender:sender:reply-to:to:to:cc:cc:subject:subject:date:date:message-id:message-id' +
        ':in-reply-to:references:mime-version:mime-version:content-type:content-type' +
        ':content-transfer-encoding:x-deal:x-deal:x-deal:x-onbehalf-ref:x-onbehalf-ref',
    );
  });

  test('is the same again for the same message', async () => {
    const [first, second] = await Promise.all([
      signer.sign(rendered, dateMs),
      signer.sign(renderMessage(example()), dateMs),
    ]);
    expect(await signer.sign(rendered, dateMs)).toBe(first);
    expect(second).not.toBe(first);
  });

  test('holds for a week after the last attempt, and no longer', async () => {
    const lastAttemptMs = dateMs + 3 * dayMs;
    const field = await signer.sign(rendered, dateMs, lastAttemptMs);
    expect(tagsOf(field)['x']).toBe(String(Math.floor(lastAttemptMs / 1000) + 7 * 86_400));
    const signed = assembleMessage(rendered, [field]);
    expect(await verdict(signed, new Date(lastAttemptMs + 7 * dayMs - 2000))).toEqual(['pass']);
    expect(await verdict(signed, new Date(lastAttemptMs + 7 * dayMs + 2000))).not.toEqual(['pass']);
  });

  test('takes its life from its options', async () => {
    const short = createDkimSigner({ ...options, expiresAfterMs: 60_000 });
    const { t, x } = tagsOf(await short.sign(rendered, dateMs));
    expect(Number(x) - Number(t)).toBe(60);
  });
});

describe('a change breaks a signature:', () => {
  const names =
    'From Sender Reply-To To Cc Subject Date Message-ID In-Reply-To References MIME-Version Content-Type Content-Transfer-Encoding X-Deal X-Onbehalf-Ref'.split(
      ' ',
    );
  const value = (name: string): string =>
    new RegExp(`^${name}: (.*)\r$`, 'm').exec(rendered.head)?.[1] ?? 'x@evil.example';

  test.each(names)('another %s above the signature', async (name) => {
    const field = await signer.sign(rendered, dateMs);
    const message = assembleMessage(rendered, [`${name}: ${value(name)}\r\n`, field]);
    expect(await verdict(message)).toEqual(['fail']);
  });

  test.each(names)('another %s at the end of the head', async (name) => {
    const field = await signer.sign(rendered, dateMs);
    const changed = { ...rendered, head: `${rendered.head}${name}: ${value(name)}\r\n` };
    expect(await verdict(assembleMessage(changed, [field]))).toEqual(['fail']);
  });

  test('a field taken away', async () => {
    const field = await signer.sign(rendered, dateMs);
    const changed = { ...rendered, head: rendered.head.replace(/^Sender: .*\r\n/m, '') };
    expect(changed.head).not.toBe(rendered.head);
    expect(await verdict(assembleMessage(changed, [field]))).toEqual(['fail']);
  });

  test('an octet of the body, or text added to it', async () => {
    const random = seededRandom();
    const field = await signer.sign(rendered, dateMs);
    for (let round = 0; round < 40; round += 1) {
      const body = Buffer.from(rendered.body);
      let at = random.integer(body.length);
      // White space may change under relaxed canonicalisation.
      while ((body[at] ?? 0) <= 0x21) at = (at + 1) % body.length;
      body[at] = (body[at] ?? 0) ^ 1;
      expect(await verdict(assembleMessage({ ...rendered, body }, [field]))).not.toEqual(['pass']);
    }
    const longer = Buffer.concat([rendered.body, Buffer.from('more\r\n')]);
    expect(await verdict(assembleMessage({ ...rendered, body: longer }, [field]))).not.toEqual([
      'pass',
    ]);
  });

  test('another field that is not in the profile does not', async () => {
    const field = await signer.sign(rendered, dateMs);
    const message = assembleMessage(rendered, ['List-Id: <list.example>\r\n', field]);
    expect(await verdict(message)).toEqual(['pass']);
  });
});

describe('without a signature there is no message:', () => {
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();

  test.each<[string, Partial<DkimSignerOptions>]>([
    ['an Ed25519 key', { key: ed25519 }],
    ['an elliptic key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['a public key', { key: createPublicKey(key) }],
    ['an RSA key of 512 bits', { key: rsaKey(512) }],
    ['a cut PEM', { key: pem.slice(0, 400) }],
    ['no PEM', { key: 'secret' }],
    [
      'a public key as PEM',
      { key: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() },
    ],
    ['a domain with a line break', { domain: 'crm.example\r\nX: y' }],
    ['a domain in upper case', { domain: 'CRM.example' }],
    ['a selector with a semicolon', { selector: 's1; l=0' }],
    ['an empty selector', { selector: '' }],
    ['no life', { expiresAfterMs: 0 }],
    ['a life that is no number', { expiresAfterMs: Number.NaN }],
  ])('%s is refused when the signer is made', (_, changes) => {
    expect(() => createDkimSigner({ ...options, ...changes })).toThrow(
      expect.objectContaining({ code: 'SIGNING_FAILED' }),
    );
  });

  test('the key itself is in no error', () => {
    const secret = pem.slice(60, 400);
    let shown = '';
    try {
      createDkimSigner({ ...options, key: secret });
    } catch (error) {
      shown = inspect(error);
    }
    expect(shown).toContain('SIGNING_FAILED');
    expect(shown).not.toContain(secret.slice(0, 20));
  });

  test('a PEM of PKCS#8 or PKCS#1 is taken', async () => {
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      const fromPem = createDkimSigner({
        ...options,
        key: key.export({ type, format: 'pem' }).toString(),
      });
      const field = await fromPem.sign(rendered, dateMs);
      expect(await verdict(assembleMessage(rendered, [field]))).toEqual(['pass']);
    }
  });

  test('a key that cannot sign with RSA-SHA256 rejects', async () => {
    const signing = { domain: 'crm.example', selector: 's1', signedAtMs: dateMs };
    await expect(
      signDkim(rendered, { ...signing, key: createPublicKey(key) }),
    ).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
      cause: expect.anything(),
    });
    await expect(signDkim(rendered, { ...signing, key: ed25519 })).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
    });
  });

  test.each(['', 'From: a@b.example\r\nFrom: c@d.example\r\n'])(
    'a head with other than one From is refused (%j)',
    async (froms) => {
      const head = rendered.head.replace(/^From: .*\r\n/, froms);
      await expect(signer.sign({ ...rendered, head }, dateMs)).rejects.toMatchObject({
        code: 'SIGNING_FAILED',
      });
    },
  );
});

test('two signatures of two domains both pass', async () => {
  const other = createDkimSigner({ ...options, domain: 'acme.example' });
  const message = assembleMessage(rendered, [
    await other.sign(rendered, dateMs),
    await signer.sign(rendered, dateMs),
  ]);
  const now = new Date(dateMs);
  const asProvider = await signatureResults(message, key, 's1._domainkey.crm.example', now);
  const asUser = await signatureResults(message, key, 's1._domainkey.acme.example', now);
  expect(asProvider[1]).toBe('pass');
  expect(asUser[0]).toBe('pass');
});
