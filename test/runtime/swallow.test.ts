import { expect, test } from '@jest/globals';
import { createLogger } from '../../src/runtime/logger.ts';
import { swallow } from '../../src/runtime/swallow.ts';

test('a failure is swallowed, with its reason in the log; a success says nothing', async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', write: (line) => lines.push(line) });
  await swallow(Promise.resolve('fine'), 'no reason', logger);
  expect(lines).toEqual([]);
  await swallow(Promise.reject(new Error('broken')), 'an empty folder may stay', logger);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: 'ignored-failure', reason: 'an empty folder may stay', error: 'broken' },
  ]);
  await swallow(Promise.reject(new Error('broken')), 'without a logger');
});

test('it waits for the end of the work', async () => {
  const order: string[] = [];
  let finish = (): void => undefined;
  const work = new Promise<void>((resolve) => (finish = resolve)).then(() => order.push('work'));
  const swallowed = swallow(work, 'no reason').then(() => order.push('after'));
  finish();
  await swallowed;
  expect(order).toEqual(['work', 'after']);
});
