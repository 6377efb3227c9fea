import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { dkimKeyText, dkimPublicKey, judgeKeyRecords } from '../../src/domains/dkim-key-record.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ours = dkimPublicKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

test('the public half of a key is what other tools publish of it', () => {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect(ours).toBe(pem.replace(/-----[^-]+-----|\n/g, ''));
  expect(dkimKeyText(ours)).toBe(`v=DKIM1; k=rsa; p=${ours}`);
});

const half = Math.floor(ours.length / 2);

const good: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ['as we write it', [[dkimKeyText(ours)]]],
  ['in several strings', [['v=DKIM1; k=rsa; p=', ours.slice(0, half), ours.slice(half)]]],
  ['without version and type', [[`p=${ours}`]]],
  ['with white space in the key', [[`v=DKIM1;p=${ours.slice(0, 60)} \t${ours.slice(60)};`]]],
  ['beside other texts', [['v=spf1 -all'], ['rubbish'], [dkimKeyText(ours)]]],
  ['for sha256 and email', [[`v=DKIM1; h=sha1:sha256; s=email; n=note; t=s; p=${ours}`]]],
  ['with an unknown tag', [[`v=DKIM1; x=y; s=*; p=${ours}`]]],
];

describe('a key that is ours', () => {
  test.each(good)('%s', (_what, records) => {
    expect(judgeKeyRecords(records, ours)).toEqual({ kind: 'ours' });
    expect(judgeKeyRecords(records, undefined)).toMatchObject({
      why: expect.stringContaining('none of ours is known'),
    });
  });
});

const bad: readonly (readonly [string, readonly (readonly string[])[], string])[] = [
  ['another key', [['v=DKIM1; p=AAAA']], 'another DKIM key'],
  ['a key that begins like ours', [[`p=${ours.slice(0, -4)}`]], 'another DKIM key'],
  ['our key in other letters', [[`p=${ours.toLowerCase()}`]], 'another DKIM key'],
  ['revoked', [['v=DKIM1; k=rsa; p=']], 'revoked'],
  ['revoked, with white space', [['v=DKIM1; p= ;']], 'revoked'],
  ['two keys', [[dkimKeyText(ours)], ['v=DKIM1; p=AAAA']], 'stands beside another'],
  ['twice the same', [[dkimKeyText(ours)], [dkimKeyText(ours)]], 'stands beside another'],
  ['another type of key', [[`v=DKIM1; k=ed25519; p=${ours}`]], 'of another type than ours'],
  ['for another hash', [[`v=DKIM1; h=sha1; p=${ours}`]], 'forbids sha256'],
  ['for another service', [[`v=DKIM1; s=other; p=${ours}`]], 'not for email'],
  ['marked as a test', [[`v=DKIM1; t=s:y; p=${ours}`]], 'marked as a test'],
  ['the SPF record of a wildcard', [['v=spf1 include:x.example -all']], 'is no DKIM key'],
  ['another version', [[`v=DKIM2; p=${ours}`]], 'is no DKIM key'],
  ['the version not first', [[`p=${ours}; v=DKIM1`]], 'is no DKIM key'],
  ['a tag twice', [[`p=${ours}; p=${ours}`]], 'is no DKIM key'],
  ['no key at all', [['v=DKIM1; k=rsa']], 'is no DKIM key'],
  ['nothing', [['']], 'is no DKIM key'],
];

describe('a key that is not ours', () => {
  test.each(bad)('%s', (_what, records, why) => {
    const judgement = judgeKeyRecords(records, ours);
    expect(judgement).toEqual({ kind: 'not-ours', why: expect.stringContaining(why) });
  });
});
