import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBounceRules } from '../../src/config/bounce-rules.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createLiveClassifier } from '../../src/config/live-classifier.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { endWith } from '../support/classified.ts';
import { steppedClock } from '../support/stepped-clock.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const mill = {
  id: 'own.mill-closed',
  class: 'mailbox_inactive',
  why: 'Said of those who left.',
  phrases: ['windmill turns no more'],
  examples: ['550 5.7.1 The windmill turns no more for ever'],
};

const fieldsOf = (rules: readonly unknown[]): readonly string[] => {
  const reading = readBounceRules({ rules });
  return reading.ok ? [] : reading.problems.map(({ field }) => field);
};

describe('rules of the user', () => {
  test('decide before ours', async () => {
    const reading = readBounceRules({ rules: [mill] });
    expect(reading.ok).toBe(true);
    using live = createLiveClassifier({
      rules: [mill],
      clock: steppedClock().clock,
      logger: silentLogger,
    });
    const reply = {
      code: 550,
      enhancedCode: '5.1.1',
      text: 'User unknown: the windmill turns no more',
    };
    expect(live.classifyReply(reply)).toMatchObject({
      class: 'mailbox_inactive',
      rule: 'own.mill-closed',
      suppression: { kind: 'now', of: 'address', days: 90 },
    });
    expect(endWith('550 5.1.1 User unknown: the windmill turns no more').bounce?.class).toBe(
      'user_unknown',
    );
  });

  test('are checked, and all that is wrong is told at once, rule by rule', () => {
    const wrong = [
      { ...mill, class: 'nonsense', colour: 'red' },
      { id: 'own.all', class: 'virus' },
      'no rule',
    ];
    const reading = readBounceRules({ rules: wrong });
    expect(reading).toMatchObject({
      ok: false,
      problems: [
        {
          field: 'bounces.rules, rule own.mill-closed',
          message: expect.stringMatching(/colour.*; class must be/),
        },
        { field: 'bounces.rules, rule own.all', message: expect.stringContaining('phrases') },
        { field: 'bounces.rules, rule number 3' },
      ],
    });
  });

  test('must decide their examples', () => {
    const examples = ['550 5.7.1 The windmill is full'];
    expect(fieldsOf([{ ...mill, examples }])).toEqual(['bounces.rules, rule own.mill-closed']);
    expect(fieldsOf([mill])).toEqual([]);
  });
});

describe('in the configuration', () => {
  const load = async (bounces: object, filed?: string) => {
    const folder = temporaryFolder();
    if (filed !== undefined) await writeFile(join(folder, 'rules.json'), filed);
    await writeFile(join(folder, 'onbehalf.config.json'), JSON.stringify({ bounces }));
    return loadConfig({ environment: {}, workingDirectory: folder });
  };

  test('a list, a file, or both', async () => {
    const rulesFile = 'rules.json';
    const config = await load({ rules: [mill], rulesFile }, '[]');
    expect(config.bounces.rules).toEqual([mill]);
    expect(config.bounces.rulesFile).toMatch(/^\/.*\/rules\.json$/);
    expect((await load({})).bounces).toEqual({ rules: [] });
  });

  test.each<[string, object, string | undefined, string]>([
    ['a rule that is none', { rules: [{ id: 'x' }] }, undefined, 'bounces.rules, rule x'],
    ['no file', { rulesFile: 'rules.json' }, undefined, 'bounces.rulesFile'],
    ['no JSON', { rulesFile: 'rules.json' }, '[', 'bounces.rulesFile'],
    ['no list', { rulesFile: 'rules.json' }, '{}', 'bounces.rulesFile'],
    ['a wrong rule in it', { rulesFile: 'rules.json' }, '[{}]', 'bounces.rules, rule number 1'],
    ['a setting that is none', { rule: [] }, undefined, 'bounces'],
  ])('%s is refused', async (_what, bounces, filed, field) => {
    const problem = expect.objectContaining({ field });
    await expect(load(bounces, filed)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      problems: expect.arrayContaining([problem]),
    });
  });
});

test('a file that changes is read again; a broken one changes nothing, and is told once', async () => {
  const rulesFile = join(temporaryFolder(), 'rules.json');
  const write = async (value: unknown): Promise<void> => {
    await writeFile(`${rulesFile}.new`, typeof value === 'string' ? value : JSON.stringify(value));
    await rename(`${rulesFile}.new`, rulesFile);
  };
  await write([]);
  const logged: string[] = [];
  const logger = { ...silentLogger, error: (event: string): number => logged.push(event) };
  const steps = steppedClock();
  const { clock } = steps;
  using live = createLiveClassifier({ rules: [], rulesFile, clock, logger });
  const classNow = () =>
    live.classifyReply({ code: 550, text: 'The windmill turns no more' }).class;
  expect(classNow()).toBe('unknown');
  await write([mill]);
  expect(classNow()).toBe('unknown');
  await steps.step();
  expect(classNow()).toBe('mailbox_inactive');
  expect(live.problem).toBeUndefined();
  await write('[{"id": ');
  for (let time = 0; time < 3; time += 1) await steps.step();
  expect(classNow()).toBe('mailbox_inactive');
  expect(live.problem).toContain('bounces.rulesFile');
  expect(logged).toEqual(['bounce-rules-unusable']);
  await write([{ ...mill, class: 'virus' }]);
  await steps.step();
  expect(classNow()).toBe('virus');
  expect(live.problem).toBeUndefined();
});
