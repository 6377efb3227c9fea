import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { startProgress } from '../../src/demo/progress.ts';
import '../support/leftovers.ts';
import { recordTerminal } from './record-terminal.ts';

test('without a terminal there is a line at each quarter', () => {
  const terminal = recordTerminal();
  const progress = startProgress(terminal, new PassThrough(), 8, 'sends have ended');
  for (const done of [0, 1, 2, 2, 3, 7, 8]) progress.update(done);
  progress.end();
  expect(terminal.notes).toEqual([
    '2 of 8 sends have ended',
    '7 of 8 sends have ended',
    '8 of 8 sends have ended',
  ]);
  expect(terminal.lines).toEqual([]);
});

test('on a terminal there is a bar, and its end may be told twice', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const terminal = { ...recordTerminal(), drawsProgress: true };
  const progress = startProgress(terminal, stream, 8, 'sends have ended');
  progress.update(4);
  progress.end();
  progress.end();
  expect(String(stream.read())).toContain('0 of 8 sends have ended');
});
