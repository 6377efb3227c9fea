import { describe, expect, test } from '@jest/globals';
import { codeOf, type Problem } from '../../src/runtime/errors.ts';
import {
  limitRulesOf,
  resolveRoute,
  resolveRoutes,
  type RouteOptions,
} from '../../src/worker/route.ts';

const options: RouteOptions = { host: 'relay.example', port: 587 };

function fieldsAtFault(routes: readonly RouteOptions[]): readonly string[] {
  try {
    resolveRoutes(routes, 'crm.example');
    return [];
  } catch (error) {
    if (codeOf(error) !== 'INVALID_INPUT') throw error;
    return (error as { problems: readonly Problem[] }).problems.map(({ field }) => field);
  }
}

test('defaults: TLS is a must over a network, every kind and sender may go', () => {
  const route = resolveRoute(options, 'crm.example');
  expect(route).toMatchObject({
    name: 'default',
    requireTls: true,
    priority: 10,
    weight: 1,
    kinds: ['single', 'sequence', 'bulk'],
    uncertainPolicy: 'resend',
    chaining: 'auto',
    greetingName: 'crm.example',
  });
  expect(route.senders).toBeUndefined();
  expect(resolveRoute({ ...options, host: '127.0.0.1' }, 'crm.example').requireTls).toBe(false);
});

test('credentials without a kind are a password; tokens stay as they are', () => {
  const auth = { user: 'crm', password: 'secret' };
  expect(resolveRoute({ ...options, auth }, 'crm.example').auth).toEqual({
    kind: 'password',
    ...auth,
  });
  const tokens = { kind: 'oauth2', user: 'crm', accessToken: async () => 'token' } as const;
  expect(resolveRoute({ ...options, auth: tokens }, 'crm.example').auth).toBe(tokens);
});

test('limits of a route are about that route alone', () => {
  const windows = [{ sendsMax: 14, perMs: 1_000 }];
  const limits = [{ name: 'second', windows }];
  const routes = resolveRoutes(
    [
      { ...options, name: 'a', limits },
      { ...options, name: 'b' },
    ],
    'crm.example',
  );
  expect(limitRulesOf(routes)).toEqual([{ name: 'a.second', route: 'a', windows }]);
});

describe('what cannot be used', () => {
  test.each<[string, Partial<RouteOptions>]>([
    ['name', { name: 'a route' }],
    ['weight', { weight: -1 }],
    ['weight', { weight: Number.NaN }],
    ['priority', { priority: 1.5 }],
    ['kinds', { kinds: [] }],
    ['senders', { senders: [] }],
    ['senders', { senders: ['not a domain'] }],
    ['senders', { senders: ['*'] }],
    ['limits', { limits: [{ name: 'day' }, { name: 'day' }] }],
    ['requireTls', { requireTls: false, auth: { user: 'crm', password: 'secret' } }],
  ])('%s of %o', (field, part) => {
    expect(fieldsAtFault([{ ...options, ...part }])).toEqual([`route.${field}`]);
  });

  test('two routes of one name, and none at all', () => {
    expect(fieldsAtFault([options, options])).toEqual(['routes.1.name']);
    expect(
      fieldsAtFault([
        { ...options, name: 'a' },
        { ...options, name: 'b' },
      ]),
    ).toEqual([]);
    expect(fieldsAtFault([])).toEqual(['routes']);
  });

  test('no login in clear over a network; over TLS or to this machine it is fine', () => {
    const auth = { user: 'crm', password: 'secret' };
    const open = { ...options, auth, requireTls: false };
    expect(fieldsAtFault([{ ...open, secure: true }])).toEqual([]);
    expect(fieldsAtFault([{ ...open, host: 'localhost' }])).toEqual([]);
  });
});
