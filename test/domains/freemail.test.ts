import { expect, test } from '@jest/globals';
import { freemailDomains, freemailProvider, isFreemail } from '../../src/domains/freemail.ts';
import { readDomain } from '../../src/mail/address.ts';

test('the list is long, and each entry is a domain as we compare it, once', () => {
  expect(freemailDomains.length).toBeGreaterThan(500);
  expect(freemailDomains.filter((domain) => readDomain(domain) !== domain)).toEqual([]);
});

test.each([
  'gmail.com',
  'yahoo.co.uk',
  'outlook.com',
  'icloud.com',
  'gmx.de',
  'qq.com',
  'vip.qq.com',
])('%s', (domain) => expect(isFreemail(domain)).toBe(true));

test.each(['acme.example', 'notgmail.com', 'gmail.com.acme.example', 'com', 'google.com'])(
  'not %s',
  (domain) => expect(isFreemail(domain)).toBe(false),
);

test('who runs one is known for the very domain only', () => {
  expect(freemailProvider('ymail.com')).toBe('yahoo');
  expect(freemailProvider('mail.ru')).toBe('other');
  expect(freemailProvider('sub.ymail.com')).toBeUndefined();
  expect(freemailProvider('acme.example')).toBeUndefined();
});
