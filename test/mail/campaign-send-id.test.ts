import { expect, test } from '@jest/globals';
import { campaignPlaceOf, campaignSendId, isOfCampaign } from '../../src/mail/campaign-send-id.ts';
import { isSendId } from '../../src/mail/ids.ts';

const createdAt = Date.UTC(2026, 10, 23, 11, 59);
const position = { tenant: 'acme', campaign: 'spring', createdAt, sequence: 70_000 };
const id = campaignSendId(position, 'bob@dest.example');

test('the id is always the same, is a send id, and tells its place', () => {
  expect(isSendId(id)).toBe(true);
  expect(campaignSendId({ ...position }, 'bob@dest.example')).toBe(id);
  expect(campaignPlaceOf(id)).toMatchObject({
    hour: Math.floor(createdAt / 3_600_000),
    sequence: 70_000,
  });
});

test.each([
  ['recipient', position, 'eve@dest.example', true],
  ['position', { ...position, sequence: 70_001 }, 'bob@dest.example', true],
  ['campaign', { ...position, campaign: 'autumn' }, 'bob@dest.example', false],
  ['tenant', { ...position, tenant: 'acm' }, 'bob@dest.example', false],
  ['hour', { ...position, createdAt: createdAt + 60_000 }, 'bob@dest.example', false],
])('another %s gives another id', (_what, other, recipient, sameCampaign) => {
  const otherId = campaignSendId(other, recipient);
  expect(otherId).not.toBe(id);
  expect(isOfCampaign(otherId, position)).toBe(sameCampaign);
});

test('tenant and campaign do not run into each other', () => {
  const left = { ...position, tenant: 'a', campaign: 'bc' };
  const right = { ...position, tenant: 'ab', campaign: 'c' };
  expect(campaignSendId(left, 'x')).not.toBe(campaignSendId(right, 'x'));
});

test('the largest position and a late hour fit', () => {
  const far = { ...position, sequence: 2 ** 32 - 1, createdAt: Date.UTC(2089, 0, 1) };
  const place = campaignPlaceOf(campaignSendId(far, 'x'));
  expect(place).toMatchObject({
    sequence: 2 ** 32 - 1,
    hour: Math.floor(far.createdAt / 3_600_000),
  });
});
