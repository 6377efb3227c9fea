import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, type Config } from '../../src/config/config.ts';
import type { OnbehalfError, Problem } from '../../src/runtime/errors.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const workingDirectory = temporaryFolder();

async function load(environment: NodeJS.ProcessEnv, settings?: unknown): Promise<Config> {
  if (settings === undefined) return loadConfig({ environment, workingDirectory });
  const file = join(temporaryFolder(), 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  return loadConfig({ environment, workingDirectory, file });
}

async function problemsOf(
  environment: NodeJS.ProcessEnv,
  settings?: unknown,
): Promise<readonly Problem[]> {
  const error: unknown = await load(environment, settings).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  return (error as OnbehalfError).problems;
}

describe('without a file', () => {
  test('everything has a default', async () => {
    const config = await load({});
    expect(config).toEqual({
      stateDirectory: join(workingDirectory, '.onbehalf'),
      redis: { prefix: 'onbehalf' },
      bounces: { rules: [] },
      database: { file: join(workingDirectory, '.onbehalf', 'history.sqlite') },
      provider: { domain: 'crm.example', aliasHost: 'u.crm.example', returnPathLabel: 'em' },
      dns: {},
      dropbox: { host: 'in.crm.example', name: 'dropbox' },
      dkim: [],
      relay: { host: '127.0.0.1', port: 25 },
      worker: {
        drainMs: 25_000,
        lockMs: 30_000,
        eventsMax: 1_000_000,
        onBehalfKinds: ['single'],
        retry: {},
      },
      routes: [],
      breaker: { complaints: {}, spamRefusals: {} },
      mailboxes: [],
      log: { level: 'info' },
    });
  });

  test('the environment sets what is often set', async () => {
    const config = await load({
      REDIS_URL: 'redis://10.0.0.5:6380/2',
      DATABASE_URL: 'sqlite:///var/lib/onbehalf/h.sqlite',
      ONBEHALF_STATE_DIRECTORY: 'state',
      ONBEHALF_REDIS_PREFIX: 'two',
      ONBEHALF_PROVIDER_DOMAIN: 'mail.example',
      ONBEHALF_PROVIDER_NAME: 'Mail Ltd',
      ONBEHALF_RELAY_URL: 'smtps://crm%40mail@[::1]',
      ONBEHALF_RELAY_PASSWORD: 'word',
      ONBEHALF_MAILBOX_URL: 'imap://copies@box.example',
      ONBEHALF_MAILBOX_PASSWORD: 'key',
      ONBEHALF_CONCURRENCY: '7',
      ONBEHALF_DRAIN_MS: '1000',
      ONBEHALF_LOCK_MS: '2000',
      ONBEHALF_RETRY_BASE_MS: '30',
      ONBEHALF_RETRY_CAP_MS: '40',
      ONBEHALF_POLL_MS: '50',
      ONBEHALF_LOG_LEVEL: 'debug',
      ONBEHALF_CONTENT_KEY: Buffer.alloc(32, 5).toString('base64'),
      ONBEHALF_WORKERS: '3',
      PATH: '/bin',
    });
    expect(config).toMatchObject({
      stateDirectory: join(workingDirectory, 'state'),
      redis: { url: 'redis://10.0.0.5:6380/2', prefix: 'two' },
      database: { file: '/var/lib/onbehalf/h.sqlite' },
      provider: { domain: 'mail.example', senderName: 'Mail Ltd' },
      dropbox: { host: 'in.mail.example' },
      relay: { host: '::1', port: 465, secure: true, auth: { user: 'crm@mail', password: 'word' } },
      mailbox: { host: 'box.example', port: 143, secure: false, user: 'copies', password: 'key' },
      worker: {
        concurrency: 7,
        drainMs: 1_000,
        lockMs: 2_000,
        retry: { baseMs: 30, capMs: 40 },
      },
      log: { level: 'debug' },
    });
    expect(config.mailbox?.pollMs).toBe(50);
    expect(config.contentSecret).toEqual(Buffer.alloc(32, 5));
  });

  test('an empty variable counts as not set', async () => {
    expect(await load({ REDIS_URL: '', ONBEHALF_CONTENT_KEY: '', ONBEHALF_RELAY_URL: '' })).toEqual(
      await load({}),
    );
  });

  test.each([
    ['smtp://relay.example', 587, false],
    ['smtps://relay.example', 465, true],
    ['smtp://relay.example:2525', 2525, false],
  ])('relay %s', async (url, port, secure) => {
    const { relay } = await load({ ONBEHALF_RELAY_URL: url });
    expect(relay).toEqual({ host: 'relay.example', port, secure });
  });

  test.each([
    ['h.sqlite', join(workingDirectory, 'h.sqlite')],
    ['file:h.sqlite', join(workingDirectory, 'h.sqlite')],
    ['/srv/h.sqlite', '/srv/h.sqlite'],
    ['sqlite:/srv/h.sqlite', '/srv/h.sqlite'],
  ])('database %s', async (url, file) => {
    expect((await load({ DATABASE_URL: url })).database).toEqual({ file });
  });
});

describe('DNS', () => {
  test('a zone file is read, from the settings or a variable', async () => {
    const folder = temporaryFolder();
    const zoneFile = join(folder, 'zone.json');
    const zone = { 'acme.example': { A: ['192.0.2.1'] } };
    writeFileSync(zoneFile, JSON.stringify(zone));
    const expected = { zoneFile, zone };
    expect((await load({ ONBEHALF_DNS_ZONE: zoneFile })).dns).toEqual(expected);
    expect((await load({}, { dns: { zoneFile } })).dns).toEqual(expected);
    const servers = ['192.0.2.53', '[2001:db8::53]:5353'];
    expect((await load({}, { dns: { servers } })).dns).toEqual({ servers });
  });

  test('a zone file that is not JSON is told', async () => {
    const zoneFile = join(temporaryFolder(), 'zone.json');
    writeFileSync(zoneFile, 'acme.example. IN A 192.0.2.1');
    const [problem, ...more] = await problemsOf({ ONBEHALF_DNS_ZONE: zoneFile });
    expect([problem?.field, more]).toEqual(['dns.zoneFile', []]);
    expect(problem?.message).toContain('cannot be read as JSON');
  });

  test('hosts of ours follow the domain, or are set', async () => {
    const { provider } = await load({ ONBEHALF_PROVIDER_DOMAIN: 'mail.example' });
    expect(provider).toMatchObject({ aliasHost: 'u.mail.example', returnPathLabel: 'em' });
    const set = { aliasHost: 'users.mail.example', returnPathLabel: 'bounces' };
    expect((await load({}, { provider: set })).provider).toMatchObject(set);
  });
});

describe('with a file', () => {
  test('the environment overrides single settings of it', async () => {
    const settings = {
      relay: { host: 'one.example', port: 26, connectionsMax: 3 },
      worker: { drainMs: 9, retry: { baseMs: 1, capMs: 2 } },
    };
    const config = await load({ ONBEHALF_RETRY_CAP_MS: '77' }, settings);
    expect(config.relay).toEqual({ host: 'one.example', port: 26, connectionsMax: 3 });
    expect(config.worker).toMatchObject({ drainMs: 9, retry: { baseMs: 1, capMs: 77 } });
    const moved = await load({ ONBEHALF_RELAY_URL: 'smtp://two.example:27' }, settings);
    expect(moved.relay).toEqual({
      host: 'two.example',
      port: 27,
      secure: false,
      connectionsMax: 3,
    });
  });

  test('it is found in the working directory, as JSON or as a module', async () => {
    const cwd = temporaryFolder();
    const module = join(cwd, 'onbehalf.config.js');
    writeFileSync(module, `module.exports = { log: { level: 'warn' } };`);
    const first = await loadConfig({ environment: {}, workingDirectory: cwd });
    expect([first.file, first.log.level]).toEqual([module, 'warn']);
    const json = join(cwd, 'onbehalf.config.json');
    writeFileSync(json, '{"log": {"level": "error"}}');
    const second = await loadConfig({ environment: {}, workingDirectory: cwd });
    expect([second.file, second.log.level]).toEqual([json, 'error']);
    const named = { ONBEHALF_CONFIG: 'onbehalf.config.js' };
    const third = await loadConfig({ environment: named, workingDirectory: cwd });
    expect(third.file).toBe(module);
  });

  test('secrets come from files beside it or from variables', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets', 'relay'), 'from a file\n');
    writeFileSync(join(folder, 'secrets', 'dkim.pem'), 'PEM\n');
    const file = join(folder, 'onbehalf.config.json');
    writeFileSync(
      file,
      JSON.stringify({
        relay: { host: 'r.example', user: 'crm', password: { file: 'secrets/relay' } },
        mailbox: { host: 'm.example', user: 'box', password: { env: 'MY_BOX' } },
        dkim: [{ selector: 's1', privateKey: { file: 'secrets/dkim.pem' } }],
      }),
    );
    const environment = { MY_BOX: 'from a variable' };
    const config = await loadConfig({ environment, workingDirectory, file });
    expect(config.relay.auth).toEqual({ user: 'crm', password: 'from a file' });
    expect(config.mailbox?.password).toBe('from a variable');
    expect(config.dkim).toEqual([{ selector: 's1', privateKey: 'PEM' }]);
    const own = { ...environment, ONBEHALF_RELAY_PASSWORD: 'ours' };
    const other = await loadConfig({ environment: own, workingDirectory, file });
    expect(other.relay.auth).toMatchObject({ password: 'ours' });
  });
});

describe('what cannot be used', () => {
  const wrongVariables: readonly (readonly [string, string, string])[] = [
    ['ONBEHALF_CONCURRENCY', 'many', 'worker.concurrency'],
    ['ONBEHALF_CONCURRENCY', '0', 'worker.concurrency'],
    ['ONBEHALF_DRAIN_MS', '1.5', 'worker.drainMs'],
    ['ONBEHALF_LOCK_MS', '999', 'worker.lockMs'],
    ['ONBEHALF_RETRY_BASE_MS', '-1', 'worker.retry.baseMs'],
    ['ONBEHALF_RETRY_CAP_MS', '9999999999', 'worker.retry.capMs'],
    ['ONBEHALF_LOG_LEVEL', 'loud', 'log.level'],
    ['ONBEHALF_REDIS_PREFIX', 'a b', 'redis.prefix'],
    ['ONBEHALF_PROVIDER_DOMAIN', 'crm example', 'provider.domain'],
    ['ONBEHALF_RELAY_URL', 'relay.example:25', 'ONBEHALF_RELAY_URL'],
    ['ONBEHALF_RELAY_URL', 'http://relay.example', 'ONBEHALF_RELAY_URL'],
    ['ONBEHALF_RELAY_URL', 'smtp://crm:word@relay.example', 'ONBEHALF_RELAY_URL'],
    ['ONBEHALF_RELAY_URL', 'smtp://crm@relay.example', 'relay.password'],
    ['ONBEHALF_RELAY_URL', 'smtp://relay.example:0', 'relay.port'],
    ['ONBEHALF_MAILBOX_URL', 'imap://box:word@m.example', 'ONBEHALF_MAILBOX_URL'],
    ['ONBEHALF_MAILBOX_URL', 'imap://m.example', 'mailbox.user'],
    ['ONBEHALF_MAILBOX_URL', 'imap://box@m.example', 'mailbox.password'],
    ['ONBEHALF_CONTENT_KEY', 'c2hvcnQ=', 'ONBEHALF_CONTENT_KEY'],
    ['DATABASE_URL', 'postgres://db.example/x', 'DATABASE_URL'],
    ['ONBEHALF_RELAY_HOST', 'relay.example', 'ONBEHALF_RELAY_HOST'],
    ['ONBEHALF_DNS_ZONE', 'absent.json', 'dns.zoneFile'],
    ['ONBEHALF_CONFIG', 'absent.json', join(workingDirectory, 'absent.json')],
  ];

  test.each(wrongVariables)('%s=%s is told as %s', async (name, value, field) => {
    const problems = await problemsOf({ [name]: value });
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });

  const wrongSettings: readonly (readonly [unknown, string])[] = [
    [{ relay: { port: 70_000 } }, 'relay.port'],
    [{ relay: { port: '25' } }, 'relay.port'],
    [{ relay: { password: 'in plain sight' } }, 'relay.password'],
    [{ relay: { user: 'crm', password: { env: 'NOT_SET' } } }, 'relay.password'],
    [{ relay: { user: 'crm', password: {} } }, 'relay.password'],
    [{ relai: {} }, 'settings'],
    [{ worker: { retry: { maxMs: 3 } } }, 'worker.retry'],
    [{ mailbox: { host: 'm.example' } }, 'mailbox.user'],
    [{ dkim: [] }, 'dkim'],
    [{ dkim: [{ selector: 's', privateKey: { file: 'none.pem' } }] }, 'dkim.0.privateKey'],
    [{ provider: { dropboxName: 'Drop Box' } }, 'provider.dropboxName'],
    [{ provider: { aliasHost: 'a host' } }, 'provider.aliasHost'],
    [{ provider: { returnPathLabel: 'em.sub' } }, 'provider.returnPathLabel'],
    [{ provider: { returnPathLabel: 'EM' } }, 'provider.returnPathLabel'],
    [{ dns: { servers: ['dns.example'] } }, 'dns.servers.0'],
    [{ dns: { servers: [] } }, 'dns.servers'],
    [[], 'settings.json'],
    ['text', 'settings.json'],
  ];

  test.each(wrongSettings)('%j is told as %s', async (settings, field) => {
    const problems = await problemsOf({}, settings);
    expect([...new Set(problems.map((problem) => problem.field.replace(/^.*\//, '')))]).toEqual([
      field,
    ]);
    expect(JSON.stringify(problems)).not.toContain('in plain sight');
  });

  test('all problems of file, environment and secrets come at once', async () => {
    const settings = {
      relay: { port: 0, user: 'crm', password: { file: 'absent' } },
      log: { level: 'x' },
    };
    const environment = {
      ONBEHALF_CONCURRENCY: 'x',
      ONBEHALF_CONTENT_KEY: 'x',
      ONBEHALF_TYPO: 'x',
      ONBEHALF_MAILBOX_URL: 'x',
    };
    const fields = (await problemsOf(environment, settings)).map(({ field }) => field);
    expect(new Set(fields)).toEqual(
      new Set([
        'relay.port',
        'relay.password',
        'log.level',
        'worker.concurrency',
        'ONBEHALF_CONTENT_KEY',
        'ONBEHALF_TYPO',
        'ONBEHALF_MAILBOX_URL',
      ]),
    );
  });

  test('no message repeats a secret', async () => {
    const secret = 'correct-horse-battery';
    const environment = {
      ONBEHALF_RELAY_URL: `smtp://crm:${secret}@relay.example`,
      ONBEHALF_MAILBOX_URL: `imap://box:${secret}@m.example`,
      ONBEHALF_CONTENT_KEY: secret,
      ONBEHALF_RELAY_PASSWORD: secret,
    };
    const problems = await problemsOf(environment, { relay: { password: secret } });
    expect(problems.length).toBeGreaterThan(3);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});

test('the configuration cannot be changed, at any depth', async () => {
  const config = await load(
    { ONBEHALF_MAILBOX_PASSWORD: 'x' },
    { mailbox: { host: 'm.example', user: 'box', receivedBy: ['mx.example'] } },
  );
  const thawed: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
    if (!Object.isFrozen(value)) thawed.push(path);
    for (const [name, each] of Object.entries(value)) visit(each, `${path}.${name}`);
  };
  visit(config, 'config');
  expect(thawed).toEqual([]);
});
