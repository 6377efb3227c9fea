import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../../src/runtime/errors.ts';
import { retrySchema } from '../../src/config/retry-schema.ts';
import { routeOptionsOf } from '../../src/config/route-options.ts';
import { routesSchema } from '../../src/config/routes-schema.ts';
import { readSecret } from '../../src/config/secret-reference.ts';

const folder = mkdtempSync(join(tmpdir(), 'onbehalf-routes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const environment = { RELAY_PASSWORD: 'hush' };
const first = { name: 'first', host: 'relay.example' };

function read(written: unknown) {
  const problems: Problem[] = [];
  const settings = routesSchema.parse(written);
  const routes = routeOptionsOf(
    settings,
    (reference) => readSecret(reference, environment, folder),
    'crm.example',
    problems,
  );
  return { routes, problems };
}

const fieldsAtFault = (written: unknown) => read(written).problems.map(({ field }) => field);

test('everything a route may say arrives', () => {
  const limits = [{ name: 'second', windows: [{ sendsMax: 14, perMs: 1_000 }], per: ['provider'] }];
  const plain = {
    ...first,
    port: 2525,
    requireTls: true,
    priority: 1,
    weight: 3,
    senders: ['*.acme.example'],
    kinds: ['single'],
    messageBytesMax: 10_000_000,
    uncertainPolicy: 'hold',
    chaining: 'off',
    limits,
    connectionsMax: 5,
    signs: 'relay',
  };
  writeFileSync(join(folder, 'ca.pem'), 'PEM\n');
  const { routes, problems } = read([
    {
      ...plain,
      user: 'crm',
      password: { env: 'RELAY_PASSWORD' },
      tlsAuthorities: { file: 'ca.pem' },
    },
    { name: 'second', host: '127.0.0.1', secure: true },
  ]);
  expect(problems).toEqual([]);
  expect(routes).toEqual([
    { ...plain, auth: { user: 'crm', password: 'hush' }, tlsAuthorities: 'PEM' },
    { name: 'second', host: '127.0.0.1', port: 465, secure: true },
  ]);
});

test('no routes in the settings are none, and no problem', () => {
  const problems: Problem[] = [];
  const none = routeOptionsOf([], () => ({ ok: true, secret: '' }), 'crm.example', problems);
  expect([none, problems]).toEqual([[], []]);
});

test('a token file is read anew for each login', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'one\n');
  const { routes, problems } = read([{ ...first, user: 'crm', accessToken: { file: 'token' } }]);
  expect(problems).toEqual([]);
  const auth = routes[0]?.auth;
  if (auth === undefined || !('kind' in auth) || auth.kind !== 'oauth2')
    throw new Error('no token');
  expect(await auth.accessToken(false)).toBe('one');
  writeFileSync(file, 'two');
  expect(await auth.accessToken(true)).toBe('two');
  rmSync(file);
  await expect(auth.accessToken(true)).rejects.toMatchObject({ code: 'ENOTOKEN' });
});

describe('what cannot be used', () => {
  test.each<[string, object]>([
    ['routes.0.user', { password: { env: 'RELAY_PASSWORD' } }],
    ['routes.0.password', { user: 'crm' }],
    ['routes.0.password', { user: 'crm', password: { env: 'NOT_SET' } }],
    ['routes.0.accessToken', { user: 'crm', accessToken: { file: 'missing' } }],
    [
      'routes.0.accessToken',
      { user: 'crm', accessToken: { file: 'a' }, password: { env: 'RELAY_PASSWORD' } },
    ],
    ['routes.0.tlsAuthorities', { tlsAuthorities: { file: 'missing.pem' } }],
    ['routes.0.senders', { senders: ['no domain'] }],
    [
      'routes.0.requireTls',
      { user: 'crm', password: { env: 'RELAY_PASSWORD' }, requireTls: false },
    ],
  ])('%s', (field, part) => {
    expect(fieldsAtFault([{ ...first, ...part }])).toEqual([field]);
  });

  test('two of one name', () => {
    expect(fieldsAtFault([first, first])).toEqual(['routes.1.name']);
  });

  test('by the schema: unknown fields, a secret in clear, no routes', () => {
    for (const wrong of [
      [],
      [{ ...first, password: 'in clear' }],
      [{ ...first, weigth: 1 }],
      [{ host: 'relay.example' }],
      [{ ...first, limits: [{ name: 'a', windows: [{ sendsMax: 0, perMs: 1_000 }] }] }],
    ]) {
      expect(routesSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

test('the retry settings take classes and schedules by name', () => {
  const good = { capMs: 1, schedules: { slow: [1, 2] }, classes: { greylisted: 'slow' } };
  expect(retrySchema.parse(good)).toEqual(good);
  for (const wrong of [
    { classes: { greylisted: 'never' } },
    { classes: { nonsense: 'slow' } },
    { schedules: { slow: [] } },
    { jitter: 2 },
  ]) {
    expect(retrySchema.safeParse(wrong).success).toBe(false);
  }
});
