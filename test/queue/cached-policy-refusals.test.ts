import { expect, test } from '@jest/globals';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';
import { cachedPolicyRefusals } from '../../src/queue/cached-policy-refusals.ts';
import type { PolicyRefusals } from '../../src/queue/policy-refusals.ts';

/** Refusals of the whole fleet, a clock to turn, and how often was asked. */
function fleet() {
  const refused = new Set<string>();
  const asked: string[] = [];
  const refusals: PolicyRefusals = {
    async note(fromDomain, provider) {
      refused.add(`${fromDomain}/${provider}`);
      await Promise.resolve();
    },
    async among(fromDomain, providers) {
      await Promise.resolve();
      asked.push(...providers.map((provider) => `${fromDomain}/${provider}`));
      return providers.filter((provider) => refused.has(`${fromDomain}/${provider}`));
    },
  };
  let now = 1_000_000;
  const clock = {
    now: () => now,
    sleep: () => Promise.resolve(),
  };
  return { refusals, asked, clock, pass: (ms: number) => (now += ms) };
}

const providers: readonly RecipientProvider[] = ['gmail', 'microsoft'];

test('each pair is asked for once in a while', async () => {
  const { refusals, asked, clock, pass } = fleet();
  const cached = cachedPolicyRefusals(refusals, clock, 2_000);
  await Promise.all([cached.among('a.example', providers), cached.among('a.example', providers)]);
  pass(1_999);
  expect(await cached.among('a.example', ['gmail'])).toEqual([]);
  expect(asked).toEqual(['a.example/gmail', 'a.example/microsoft']);
  pass(1);
  await cached.among('a.example', ['gmail']);
  expect(asked).toHaveLength(3);
});

test('what this process notes it knows at once, what another notes after a while', async () => {
  const { refusals, clock, pass } = fleet();
  const here = cachedPolicyRefusals(refusals, clock, 2_000);
  const there = cachedPolicyRefusals(refusals, clock, 2_000);
  expect(await here.among('a.example', providers)).toEqual([]);
  expect(await there.among('a.example', providers)).toEqual([]);
  await there.note('a.example', 'gmail');
  expect(await there.among('a.example', providers)).toEqual(['gmail']);
  expect(await here.among('a.example', providers)).toEqual([]);
  pass(2_000);
  expect(await here.among('a.example', providers)).toEqual(['gmail']);
});

test('a question that failed is asked again', async () => {
  const { refusals, clock } = fleet();
  let fails = true;
  const cached = cachedPolicyRefusals(
    {
      ...refusals,
      async among(fromDomain, asked) {
        if (fails) throw new Error('Redis is away');
        return refusals.among(fromDomain, asked);
      },
    },
    clock,
  );
  await expect(cached.among('a.example', ['gmail'])).rejects.toThrow('away');
  fails = false;
  expect(await cached.among('a.example', ['gmail'])).toEqual([]);
});
