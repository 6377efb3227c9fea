import type { Problem } from '../runtime/errors.ts';

/** A JSON-like tree that settings are merged into. */
type Tree = Record<string, unknown>;

type Reader = (value: string, problem: (message: string) => void) => Tree;

/** Environment variables that override settings. Passwords are read where they are needed. */
const readers: Readonly<Record<string, Reader>> = {
  REDIS_URL: (url) => ({ redis: { url } }),
  DATABASE_URL: (url, problem) => {
    if (/^postgres(?:ql)?:/.test(url)) problem('PostgreSQL is not supported yet; give a file path');
    return { database: { file: url.replace(/^(?:sqlite|file):(?:\/\/)?/, '') } };
  },
  ONBEHALF_STATE_DIRECTORY: (stateDirectory) => ({ stateDirectory }),
  ONBEHALF_REDIS_PREFIX: (prefix) => ({ redis: { prefix } }),
  ONBEHALF_PROVIDER_DOMAIN: (domain) => ({ provider: { domain } }),
  ONBEHALF_PROVIDER_NAME: (senderName) => ({ provider: { senderName } }),
  ONBEHALF_DNS_ZONE: (zoneFile) => ({ dns: { zoneFile } }),
  ONBEHALF_RELAY_URL: (text, problem) => {
    const url = readUrl(text, ['smtp:', 'smtps:'], problem);
    if (url === undefined) return {};
    const secure = url.protocol === 'smtps:';
    const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
    return { relay: { host: bareHost(url), port, secure, ...userOf(url) } };
  },
  ONBEHALF_MAILBOX_URL: (text, problem) => {
    const url = readUrl(text, ['imap:', 'imaps:'], problem);
    if (url === undefined) return {};
    const secure = url.protocol === 'imaps:';
    const port = url.port === '' ? (secure ? 993 : 143) : Number(url.port);
    return { mailbox: { host: bareHost(url), port, secure, ...userOf(url) } };
  },
  ONBEHALF_CONCURRENCY: (text) => ({ worker: { concurrency: Number(text) } }),
  ONBEHALF_DRAIN_MS: (text) => ({ worker: { drainMs: Number(text) } }),
  ONBEHALF_LOCK_MS: (text) => ({ worker: { lockMs: Number(text) } }),
  ONBEHALF_EVENTS_MAX: (text) => ({ worker: { eventsMax: Number(text) } }),
  ONBEHALF_RETRY_BASE_MS: (text) => ({ worker: { retry: { baseMs: Number(text) } } }),
  ONBEHALF_RETRY_CAP_MS: (text) => ({ worker: { retry: { capMs: Number(text) } } }),
  ONBEHALF_POLL_MS: (text) => ({ mailbox: { pollMs: Number(text) } }),
  ONBEHALF_LOG_LEVEL: (level) => ({ log: { level } }),
};

/** Variables of ours that are read elsewhere: secrets, the file's own place, process managers. */
const otherNames = new Set([
  'ONBEHALF_CONFIG',
  'ONBEHALF_CONTENT_KEY',
  'ONBEHALF_RELAY_PASSWORD',
  'ONBEHALF_MAILBOX_PASSWORD',
  'ONBEHALF_WORKERS',
  'ONBEHALF_SEED',
  'ONBEHALF_CORPUS',
]);

/** Settings that the environment overrides, as a tree; what is wrong goes into `problems`. */
export function settingsFromEnvironment(
  environment: NodeJS.ProcessEnv,
  problems: Problem[],
): Readonly<Tree> {
  let tree: Tree = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read !== undefined) {
      tree = mergeTrees(
        tree,
        read(value, (message) => problems.push({ field: name, message })),
      );
    } else if (name.startsWith('ONBEHALF_') && !otherNames.has(name)) {
      problems.push({
        field: name,
        message: 'is no setting of Onbehalf; see docs/configuration.md',
      });
    }
  }
  return tree;
}

/** Merges two trees; where both have a value, the second wins. Lists are replaced whole. */
export function mergeTrees(below: Tree, above: Tree): Tree {
  const merged = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const there = merged[name];
    merged[name] = isTree(there) && isTree(value) ? mergeTrees(there, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readUrl(
  text: string,
  protocols: readonly string[],
  problem: (message: string) => void,
): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol) || url.hostname === '') {
    problem(`must look like ${protocols[1] ?? ''}//user@host:port`);
    return undefined;
  }
  if (url.password !== '') {
    problem('must not hold a password; give it in the variable that ends in _PASSWORD');
    return undefined;
  }
  return url;
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function userOf(url: URL): { user?: string } {
  return url.username === '' ? {} : { user: decodeURIComponent(url.username) };
}
