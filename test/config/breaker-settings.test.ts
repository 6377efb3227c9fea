import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/config.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const workingDirectory = temporaryFolder();

async function breakerOf(breaker: unknown) {
  const file = join(workingDirectory, 'settings.json');
  writeFileSync(file, JSON.stringify({ breaker }));
  return (await loadConfig({ environment: {}, workingDirectory, file })).breaker;
}

test('a file says when the mail of a sender is held', async () => {
  const breaker = { complaints: { share: 0.001 }, spamRefusals: { countMin: 3, ofMin: 10 } };
  expect(await breakerOf(breaker)).toEqual(breaker);
  expect(await breakerOf({})).toEqual({ complaints: {}, spamRefusals: {} });
  expect(await breakerOf(false)).toBe(false);
});

test.each([{ complaints: { share: 2 } }, { spamRefusals: { countMin: 0 } }, { other: 1 }, true])(
  '%j is refused',
  async (breaker) => {
    await expect(breakerOf(breaker)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      problems: [{ field: expect.stringMatching(/^breaker/) }],
    });
  },
);
