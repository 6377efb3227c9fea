import { expect, test } from '@jest/globals';
import type { BounceClass } from '../../src/mail/bounce-class.ts';
import { createDomainTrouble } from '../../src/worker/domain-trouble.ts';

const domain = { route: 'main', domain: 'dest.example' };

function world() {
  let at = 1_000_000;
  const trouble = createDomainTrouble(() => at);
  const refuse = (recipient: string, about: BounceClass = 'network_error', more = {}) =>
    trouble.refused({ ...domain, recipient, ...more }, about).kind;
  return { trouble, refuse, pass: (ms: number) => (at += ms) };
}

test('five in a row to three recipients slow the domain, shortly and no longer than ten minutes', () => {
  const { trouble, refuse } = world();
  const kinds = ['a', 'a', 'b', 'c', 'a'].map((each) => refuse(each));
  expect(kinds).toEqual(['none', 'none', 'none', 'none', 'slow']);
  const about = { ...domain, recipient: 'd' };
  expect(trouble.refused(about, 'remote_system_error')).toEqual({
    kind: 'slow',
    scope: 'domain',
    waitMs: 60_000,
    stepMs: 15_000,
    waitMsMax: 600_000,
  });
});

test('one mailbox that is tried again and again slows nobody', () => {
  const { refuse } = world();
  for (let time = 0; time < 20; time += 1) expect(refuse(time % 2 === 0 ? 'a' : 'b')).toBe('none');
});

test('any other answer shows that the servers work', () => {
  const { trouble, refuse } = world();
  for (const each of ['a', 'b', 'c', 'd']) refuse(each);
  trouble.accepted(domain);
  for (const each of ['a', 'b', 'c', 'd']) expect(refuse(each)).toBe('none');
  expect(refuse('e', 'user_unknown')).toBe('none');
  for (const each of ['a', 'b', 'c', 'd']) expect(refuse(each)).toBe('none');
  expect(refuse('e')).toBe('slow');
});

test('domains and routes are counted apart, and what is long ago not at all', () => {
  const { refuse, pass } = world();
  for (const each of ['a', 'b', 'c', 'd']) refuse(each);
  expect(refuse('e', 'network_error', { domain: 'other.example' })).toBe('none');
  expect(refuse('e', 'network_error', { route: 'spare' })).toBe('none');
  pass(31 * 60_000);
  expect(refuse('e')).toBe('none');
});

test('no more than a thousand domains are kept', () => {
  const { refuse } = world();
  for (const each of ['a', 'b', 'c', 'd']) refuse(each);
  for (let n = 0; n < 1_000; n += 1) refuse('a', 'network_error', { domain: `d${n}.example` });
  expect(refuse('e')).toBe('none');
});
