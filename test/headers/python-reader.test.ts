import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import { seededRandom } from '../support/seed.ts';
import { expectedReading } from './expected-reading.ts';
import { goldenCases, readGolden } from './golden-message.ts';
import { hostileMessage } from './hostile-message.ts';
import { bodyLines, inOrder, type ReadMailbox, type ReadMessage } from './read-message.ts';

const script = fileURLToPath(new URL('./read-back.py', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import email.policy']).status === 0;
const whereAvailable = hasPython ? describe : describe.skip; // python3 is not everywhere
if (!hasPython) process.stderr.write('skipped: python3, the second reader of mails, is absent\n');

type PythonReading = ReadMessage & { readonly defects: readonly string[] };

function readWithPython(messages: readonly MaskedMessage[]): readonly PythonReading[] {
  const lines = messages.map((message) =>
    assembleMessage(renderMessage(message), []).toString('base64'),
  );
  const { stdout, stderr, status } = spawnSync('python3', [script], {
    input: lines.join('\n'),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => comparable(JSON.parse(line) as PythonReading));
}

function expectedOfPython(message: MaskedMessage): PythonReading {
  return withoutNameSpaces({ ...expectedReading(message), defects: [] });
}

/**
 * Names without their spaces: Python 3.11 reads the white space between two encoded-words of
 * a name as part of it, against RFC 2047 §6.2. mailparser's reading is compared space by space.
 */
function withoutNameSpaces(reading: PythonReading): PythonReading {
  const bare = (boxes: readonly ReadMailbox[]): readonly ReadMailbox[] =>
    boxes.map(({ name, address }) => ({
      name: name === address ? '' : name.replace(/\s/g, ''),
      address,
    }));
  return {
    ...reading,
    from: bare(reading.from),
    sender: bare(reading.sender),
    replyTo: bare(reading.replyTo),
    to: bare(reading.to),
    cc: bare(reading.cc),
  };
}

/** Differences of form, not of content, between what Python and mailparser tell. */
function comparable(reading: PythonReading): PythonReading {
  return withoutNameSpaces({
    ...reading,
    text: bodyLines(reading.text),
    html: bodyLines(reading.html),
    inReplyTo: reading.inReplyTo ?? undefined,
    calendar: reading.calendar
      ? { ...reading.calendar, text: bodyLines(reading.calendar.text) }
      : undefined,
    attachments: inOrder(
      reading.attachments.map((file) => ({
        ...file,
        contentId: file.contentId?.replace(/^<|>$/g, ''),
      })),
    ),
  });
}

whereAvailable('Python reads as it was given', () => {
  test('each golden message', () => {
    const messages = goldenCases.map(readGolden);
    expect(readWithPython(messages)).toEqual(messages.map(expectedOfPython));
  });

  test('hostile content', () => {
    const random = seededRandom();
    const messages = Array.from({ length: 100 }, () => hostileMessage(random, false));
    readWithPython(messages).forEach((reading, index) => {
      const message = messages[index];
      expect(reading).toEqual(message && expectedOfPython(message));
    });
  });
});
