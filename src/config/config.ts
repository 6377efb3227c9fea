import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SendKind } from '../mail/kinds.ts';
import type { BreakerOptions } from '../queue/breaker-rule.ts';
import { messageOf, validationError, type Problem } from '../runtime/errors.ts';
import type { LogLevel } from '../runtime/logger.ts';
import type { ProviderOptions } from '../worker/identity.ts';
import type { RetryOptions } from '../worker/retry-plan.ts';
import type { RouteOptions } from '../worker/route.ts';
import { readBounceRules, type BounceRulesConfig } from './bounce-rules.ts';
import { mergeTrees, settingsFromEnvironment } from './environment.ts';
import { freezeDeeply } from './freeze-deeply.ts';
import { routeOptionsOf } from './route-options.ts';
import {
  mailboxesOf,
  mailboxOf,
  type MailboxConfig,
  type MailboxRole,
  type SecretLookup,
} from './mailboxes.ts';
import { readSecret, type SecretReference } from './secret-reference.ts';
import type { Settings } from './settings-schema.ts';
import { usableSettings } from './usable-settings.ts';
import { readZoneFile } from './zone-file.ts';

/** Everything a process of ours is told, checked, with defaults filled in; frozen. */
export interface Config {
  /** The file it was read from; absent where there is none. */
  readonly file?: string;
  /** Absolute path. */
  readonly stateDirectory: string;
  /** `url` is absent where the embedded server is to be used. */
  readonly redis: { readonly url?: string; readonly prefix: string };
  readonly database: { readonly file: string };
  readonly provider: ProviderOptions & {
    /** Host of the aliases that stand in From in mode `rewritten`. */
    readonly aliasHost: string;
    /** Label of the return-path host below a customer's domain. */
    readonly returnPathLabel: string;
  };
  /** `zone`: what the zone file holds, to be used instead of DNS; not checked yet. */
  readonly dns: {
    readonly servers?: readonly string[];
    readonly zoneFile?: string;
    readonly zone?: unknown;
  };
  readonly dropbox: { readonly host: string; readonly name: string };
  /** Keys named in the file; empty where the made ones are to be used. */
  readonly dkim: readonly { readonly selector: string; readonly privateKey: string }[];
  readonly contentSecret?: Buffer;
  /** The relay, where `routes` is empty. */
  readonly relay: RouteOptions;
  readonly routes: readonly RouteOptions[];
  readonly worker: {
    readonly concurrency?: number;
    readonly drainMs: number;
    readonly lockMs: number;
    readonly eventsMax: number;
    readonly onBehalfKinds: readonly SendKind[];
    readonly retry: RetryOptions;
  };
  readonly breaker: BreakerOptions | false;
  /** Rules of the user: they are checked, and read again by who watches the file. */
  readonly bounces: BounceRulesConfig;
  /** The mailbox that copies arrive in. */
  readonly mailbox?: MailboxConfig;
  /** Those of `mailboxes`, beside it. */
  readonly mailboxes: readonly (MailboxConfig & { readonly role: MailboxRole })[];
  readonly log: { readonly level: LogLevel };
}

/** Where {@link loadConfig} looks. */
export interface ConfigSource {
  readonly environment: NodeJS.ProcessEnv;
  /** Relative paths start here. */
  readonly workingDirectory: string;
  /** A configuration file named on the command line; it must exist. */
  readonly file?: string;
}

const fileNames = ['onbehalf.config.json', 'onbehalf.config.js'];

/**
 * Reads the configuration: the file, then the environment over it, then the defaults below both.
 *
 * @throws OnbehalfError `INVALID_CONFIG` naming every problem of file and environment at once
 */
export async function loadConfig(source: ConfigSource): Promise<Config> {
  const { environment, workingDirectory } = source;
  const problems: Problem[] = [];
  const file = findFile(source);
  const written = file === undefined ? {} : await readSettingsFile(file, problems);
  const tree = mergeTrees({ ...written }, { ...settingsFromEnvironment(environment, problems) });
  const settings = usableSettings(tree, problems);
  const base = file === undefined ? workingDirectory : dirname(file);
  const secrets = (field: string, reference: SecretReference | undefined, variable?: string) => {
    const own = variable === undefined ? undefined : environment[variable];
    if (own !== undefined && own !== '') return own;
    if (reference === undefined) return undefined;
    const reading = readSecret(reference, environment, base);
    if (reading.ok) return reading.secret;
    problems.push({ field, message: reading.reason });
    return undefined;
  };
  const config = {
    ...fillIn(settings, workingDirectory, secrets, problems),
    routes:
      settings.routes === undefined
        ? []
        : routeOptionsOf(
            settings.routes,
            (reference) => readSecret(reference, environment, base),
            settings.provider?.domain ?? 'crm.example',
            problems,
          ),
  };
  if (settings.relay?.host !== undefined && settings.routes !== undefined) {
    problems.push({ field: 'relay', message: 'and routes exclude each other; keep one of them' });
  }
  const contentSecret = readContentSecret(environment['ONBEHALF_CONTENT_KEY'], problems);
  if (problems.length > 0) {
    throw validationError('INVALID_CONFIG', 'configuration', firstOfEachField(problems));
  }
  return freezeDeeply({
    ...config,
    ...(file === undefined ? {} : { file }),
    ...(contentSecret === undefined ? {} : { contentSecret }),
  });
}

/** What stands behind a wrong value is often missing as well: the first problem says it. */
function firstOfEachField(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    ({ field }, index) => index === problems.findIndex((each) => each.field === field),
  );
}

function fillIn(
  settings: Settings,
  workingDirectory: string,
  secret: SecretLookup,
  problems: Problem[],
): Omit<Config, 'routes'> {
  const stateDirectory = resolve(workingDirectory, settings.stateDirectory ?? '.onbehalf');
  const { provider = {}, relay = {}, worker = {}, mailbox } = settings;
  const domain = provider.domain ?? 'crm.example';
  const { dropboxHost, dropboxName, aliasHost, returnPathLabel, ...identity } = provider;
  const { user, password, ...route } = relay;
  const relayPassword = secret('relay.password', password, 'ONBEHALF_RELAY_PASSWORD');
  if (user !== undefined && relayPassword === undefined) {
    problems.push({
      field: 'relay.password',
      message: 'is needed with relay.user; set ONBEHALF_RELAY_PASSWORD or name a file or variable',
    });
  }
  const { concurrency } = worker;
  const { schedules, ...retry } = worker.retry ?? {};
  const redisUrl = settings.redis?.url;
  const single = mailbox === undefined ? undefined : mailboxOf(mailbox, secret, problems);
  return {
    stateDirectory,
    redis: {
      ...(redisUrl === undefined ? {} : { url: redisUrl }),
      prefix: settings.redis?.prefix ?? 'onbehalf',
    },
    database: {
      file: resolve(
        workingDirectory,
        settings.database?.file ?? `${stateDirectory}/history.sqlite`,
      ),
    },
    provider: {
      ...withoutUndefined(identity),
      domain,
      aliasHost: aliasHost ?? `u.${domain}`,
      returnPathLabel: returnPathLabel ?? 'em',
    },
    dns: fillInDns(settings.dns ?? {}, workingDirectory, problems),
    dropbox: { host: dropboxHost ?? `in.${domain}`, name: dropboxName ?? 'dropbox' },
    dkim: (settings.dkim ?? []).flatMap(({ selector, privateKey }, index) => {
      const key = secret(`dkim.${index}.privateKey`, privateKey);
      return key === undefined ? [] : [{ selector, privateKey: key }];
    }),
    relay: {
      ...withoutUndefined(route),
      host: route.host ?? '127.0.0.1',
      port: route.port ?? 25,
      ...(user === undefined || relayPassword === undefined
        ? {}
        : { auth: { user, password: relayPassword } }),
    },
    worker: {
      ...(concurrency === undefined ? {} : { concurrency }),
      drainMs: worker.drainMs ?? 25_000,
      lockMs: worker.lockMs ?? 30_000,
      eventsMax: worker.eventsMax ?? 1_000_000,
      onBehalfKinds: worker.onBehalfKinds ?? ['single'],
      retry: {
        ...withoutUndefined(retry),
        ...(schedules === undefined ? {} : { schedules: withoutUndefined(schedules) }),
      },
    },
    bounces: fillInBounces(settings.bounces ?? {}, workingDirectory, problems),
    breaker: fillInBreaker(settings.breaker),
    ...(single === undefined ? {} : { mailbox: single }),
    mailboxes: mailboxesOf(settings.mailboxes ?? [], single, secret, problems),
    log: { level: settings.log?.level ?? 'info' },
  };
}

function fillInBreaker(breaker: Settings['breaker'] = {}): BreakerOptions | false {
  if (breaker === false) return false;
  const { complaints = {}, spamRefusals = {} } = breaker;
  return {
    complaints: withoutUndefined(complaints),
    spamRefusals: withoutUndefined(spamRefusals),
  };
}

function fillInDns(
  { servers, zoneFile }: NonNullable<Settings['dns']>,
  workingDirectory: string,
  problems: Problem[],
): Config['dns'] {
  const asked = servers === undefined ? {} : { servers };
  if (zoneFile === undefined) return asked;
  const path = resolve(workingDirectory, zoneFile);
  const reading = readZoneFile(path);
  if (!reading.ok) problems.push({ field: 'dns.zoneFile', message: reading.reason });
  return { ...asked, zoneFile: path, ...(reading.ok ? { zone: reading.zone } : {}) };
}

function fillInBounces(
  { rules = [], rulesFile }: NonNullable<Settings['bounces']>,
  workingDirectory: string,
  problems: Problem[],
): BounceRulesConfig {
  if (rulesFile === undefined && rules.length === 0) return { rules };
  const file = rulesFile === undefined ? {} : { rulesFile: resolve(workingDirectory, rulesFile) };
  const reading = readBounceRules({ rules, ...file });
  if (!reading.ok) problems.push(...reading.problems);
  return { rules, ...file };
}

function findFile(source: ConfigSource): string | undefined {
  const named = source.file ?? source.environment['ONBEHALF_CONFIG'];
  if (named !== undefined && named !== '') return resolve(source.workingDirectory, named);
  return fileNames
    .map((name) => resolve(source.workingDirectory, name))
    .find((path) => existsSync(path));
}

async function readSettingsFile(
  file: string,
  problems: Problem[],
): Promise<Readonly<Record<string, unknown>>> {
  try {
    if (!file.endsWith('.json')) {
      const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
      if (typeof module.default === 'object' && module.default !== null) {
        return module.default as Record<string, unknown>;
      }
      throw new Error('it has no default export that is an object');
    }
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw new Error('it is not a JSON object');
  } catch (error) {
    problems.push({ field: file, message: `cannot be read: ${messageOf(error)}` });
    return {};
  }
}

function readContentSecret(text: string | undefined, problems: Problem[]): Buffer | undefined {
  if (text === undefined || text === '') return undefined;
  const secret = Buffer.from(text, 'base64');
  if (secret.byteLength === 32) return secret;
  problems.push({
    field: 'ONBEHALF_CONTENT_KEY',
    message: 'must be 32 bytes in base64; make one with: openssl rand -base64 32',
  });
  return undefined;
}

/** Optional fields of the schema may be undefined, those of our options may only be absent. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
