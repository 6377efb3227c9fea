import { pino, destination } from 'pino';

/** Fields of a log line: ids, counts, codes; never message text, tokens or passwords. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * One event per line: a fixed event name first, fields beside it. The sentence is for people and
 * may change; the name does not.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger;
}

/** How loud a logger is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Field names whose values never reach a log, at the top or one level down. */
const secretFields = ['password', 'pass', 'token', 'secret', 'privateKey', 'accessToken', 'auth'];

/** What {@link createLogger} takes. */
export interface LoggerOptions {
  /** Least level that is written; default `info`. */
  readonly level?: LogLevel;
  /** Fields on every line, e.g. the name of the process. */
  readonly fields?: LogFields;
  /** Where lines go; default standard error, so that standard output stays for results. */
  readonly write?: (line: string) => void;
}

/** A logger that writes JSON lines. Fields with secret names are replaced by `[secret]`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const paths = secretFields.flatMap((name) => [name, `*.${name}`]);
  const settings = {
    level: options.level ?? 'info',
    base: { ...options.fields },
    redact: { paths, censor: '[secret]' },
    messageKey: 'event',
  };
  const write = options.write;
  const sink =
    write === undefined
      ? destination({ dest: 2, sync: true })
      : { write: (line: string) => write(line) };
  const wrap = (inner: pino.Logger): Logger => ({
    debug: (event, fields = {}) => inner.debug(fields, event),
    info: (event, fields = {}) => inner.info(fields, event),
    warn: (event, fields = {}) => inner.warn(fields, event),
    error: (event, fields = {}) => inner.error(fields, event),
    child: (fields) => wrap(inner.child(fields)),
  });
  return wrap(pino(settings, sink));
}

/** A logger that drops everything: the default of the library, which prints nothing by itself. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
