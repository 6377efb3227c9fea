import { expect, test } from '@jest/globals';
import { createStopList } from '../../src/demo/stop-list.ts';
import '../support/leftovers.ts';

test('stops in reverse order, each once, whoever asks', async () => {
  const stopped: string[] = [];
  const stops = createStopList();
  for (const name of ['redis', 'relay', 'workers']) stops.add(() => void stopped.push(name));
  await Promise.all([stops.stopAll(), stops.stopAll()]);
  expect(stopped).toEqual(['workers', 'relay', 'redis']);
});

test('a stop that fails keeps nothing else running', async () => {
  const stopped: string[] = [];
  const stops = createStopList();
  stops.add(() => void stopped.push('redis'));
  stops.add(async () => Promise.reject(new Error('relay hangs')));
  await expect(stops.stopAll()).rejects.toMatchObject({
    message: 'not everything could be stopped',
    errors: [{ message: 'relay hangs' }],
  });
  expect(stopped).toEqual(['redis']);
});
