import { expect, test } from '@jest/globals';
import {
  limitKeysOf,
  slowedNow,
  slowKeysOf,
  type LimitRule,
} from '../../src/worker/throttle-rules.ts';
import { addressOf } from '../queue/sample-send.ts';

const windows = [{ sendsMax: 10, perMs: 1_000 }];
const send = {
  route: 'main',
  provider: 'gmail',
  domain: 'gmail.com',
  sender: addressOf('ana@acme.example'),
  tenant: 'acme',
} as const;

function namesOf(rule: Omit<LimitRule, 'name'>, about: Partial<typeof send> = {}) {
  const rules = [{ name: 'r', windows, ...rule }];
  return limitKeysOf(rules, new Map(), { ...send, ...about }).map(({ name }) => name);
}

test('a rule counts what it is about, together or apart', () => {
  expect(namesOf({})).toEqual(['rule/r']);
  expect(namesOf({ route: 'main', provider: 'gmail' })).toEqual(['rule/r']);
  expect(namesOf({ route: 'spare' })).toEqual([]);
  expect(namesOf({ provider: 'yahoo' })).toEqual([]);
  expect(namesOf({ sender: 'acme.example' })).toEqual(['rule/r']);
  expect(namesOf({ sender: 'ana@acme.example' })).toEqual(['rule/r']);
  expect(namesOf({ sender: 'bob@acme.example' })).toEqual([]);
  expect(namesOf({ per: ['route', 'provider', 'sender'] })).toEqual([
    'rule/r/main/gmail/ana%40acme.example',
  ]);
  expect(namesOf({ per: ['sender-domain', 'tenant'] })).toEqual(['rule/r/acme.example/acme']);
});

test('an override takes the place of what is configured, in part or whole, and can lift it', () => {
  const rules = [{ name: 'r', windows, openMax: 4 }, { name: 'free' }];
  const keysWith = (override: object) => limitKeysOf(rules, new Map([['r', override]]), send);
  expect(keysWith({})).toEqual([{ name: 'rule/r', windows, openMax: 4 }]);
  expect(keysWith({ openMax: null })).toEqual([{ name: 'rule/r', windows }]);
  expect(keysWith({ windows: [], openMax: null })).toEqual([]);
  const faster = [{ sendsMax: 99, perMs: 1_000 }];
  expect(keysWith({ windows: faster })).toEqual([{ name: 'rule/r', windows: faster, openMax: 4 }]);
});

test('a slowed key slows its own sends only', () => {
  const entry = { notBefore: 1_000, strikes: 0, stepMs: 100, stepCount: 2 };
  const slowed = new Map([['provider/main/gmail', entry]]);
  expect(slowedNow(slowed, send, 900)).toEqual({ notBefore: 1_000, keys: [] });
  expect(slowedNow(slowed, send, 1_150)).toEqual({
    notBefore: 0,
    keys: [{ name: 'slow/provider/main/gmail', windows: [], openMax: 2 }],
  });
  expect(slowedNow(slowed, send, 1_200)).toEqual({ notBefore: 0, keys: [] });
  for (const other of [{ provider: 'yahoo' }, { route: 'spare' }] as const) {
    expect(slowedNow(slowed, { ...send, ...other }, 900)).toEqual({ notBefore: 0, keys: [] });
  }
});

test('a domain is slowed apart from its provider, and in its place where we know none', () => {
  const entry = { notBefore: 1_000, strikes: 0, stepMs: 100, stepCount: 2 };
  const slowed = new Map([['domain/main/gmail.com', entry]]);
  expect(slowedNow(slowed, send, 900).notBefore).toBe(1_000);
  expect(slowedNow(slowed, { ...send, domain: 'customer.example' }, 900).notBefore).toBe(0);
  const unknown = { ...send, provider: 'other', domain: 'small.example' } as const;
  expect(slowKeysOf(unknown).provider).toBe('domain/main/small.example');
  const [key] = slowedNow(new Map([['domain/main/small.example', entry]]), unknown, 1_150).keys;
  expect(key).toEqual({ name: 'slow/domain/main/small.example', windows: [], openMax: 2 });
});
