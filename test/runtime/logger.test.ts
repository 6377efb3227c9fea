import { describe, expect, test } from '@jest/globals';
import {
  createLogger,
  silentLogger,
  type Logger,
  type LoggerOptions,
} from '../../src/runtime/logger.ts';

function recorded(options: LoggerOptions = {}): {
  readonly logger: Logger;
  readonly text: () => string;
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
} {
  const written: string[] = [];
  const logger = createLogger({ ...options, write: (line) => written.push(line) });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, text: () => written.join(''), lines };
}

test('writes one JSON line for each event, its name and fields in it', () => {
  const { logger, lines, text } = recorded({ fields: { process: 'worker' } });
  logger.info('send-accepted', { sendId: 'abc', text: 'two\nlines' });
  logger.child({ tenant: 'acme' }).warn('redis-away');
  logger.error('alarm');
  expect(lines()).toMatchObject([
    { event: 'send-accepted', process: 'worker', sendId: 'abc', text: 'two\nlines' },
    { event: 'redis-away', process: 'worker', tenant: 'acme' },
    { event: 'alarm', process: 'worker' },
  ]);
  expect(text().match(/\n/g)).toHaveLength(3);
});

test('writes from its level on, info by default', () => {
  const loudness = (level?: 'debug' | 'warn' | 'silent'): number => {
    const { logger, lines } = recorded(level === undefined ? {} : { level });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    return lines().length;
  };
  expect([loudness(), loudness('debug'), loudness('warn'), loudness('silent')]).toEqual([
    3, 4, 2, 0,
  ]);
});

describe('planted secrets do not come out', () => {
  const names = ['password', 'pass', 'token', 'secret', 'privateKey', 'accessToken', 'auth'];

  test.each(names)('%s, at the top, one level down, in a child and in its settings', (name) => {
    const { logger, text } = recorded({ fields: { [name]: 'planted-0' } });
    logger.info('top', { [name]: 'planted-1' });
    logger.info('down', { route: { host: 'relay', [name]: 'planted-2' } });
    logger.info('object', { [name]: { user: 'u', inner: 'planted-3' } });
    logger.child({ [name]: 'planted-4' }).info('child');
    logger.child({ route: { [name]: 'planted-5' } }).info('child');
    expect(text()).not.toContain('planted');
    expect(text()).toContain('[secret]');
    expect(text()).toContain('"host":"relay"');
  });
});

test('the silent logger, and its children, are silent', () => {
  const { logger } = recorded();
  expect(Object.keys(silentLogger).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    Object.keys(logger).toSorted((a, b) => (a < b ? -1 : 1)),
  );
  expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
  expect(silentLogger.error('nothing')).toBeUndefined();
});
