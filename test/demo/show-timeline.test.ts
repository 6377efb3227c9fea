import { expect, test } from '@jest/globals';
import { bob, jane } from '../../src/demo/cast.ts';
import { showTimeline } from '../../src/demo/show-timeline.ts';
import type { Timeline } from '../../src/history/store/timeline.ts';
import '../support/leftovers.ts';
import { recordTerminal } from './record-terminal.ts';

const base = { messageRow: 1, senderAddress: jane.address, senderName: jane.name };
const send = { ...base, kind: 'send', sendId: 's', recipient: bob.address } as const;
const greylisted = { code: 451, enhancedCode: '4.7.1', text: 'Greylisted' };

const timeline: Timeline = {
  contact: { contactId: 1, name: bob.name, addresses: [bob.address] },
  lines: [
    {
      ...base,
      kind: 'copy',
      at: 4000,
      subject: 'By hand',
      attachments: [{ filename: 'list.csv', contentType: 'text/csv', sizeBytes: 52, sha256: 'ab' }],
      broughtBy: [{ senderAddress: jane.address, rule: 'delivered-to' }],
    },
    {
      ...send,
      at: 3000,
      subject: 'x'.repeat(200),
      state: 'rejected',
      attemptCount: 1,
      attempts: [{ attempt: 1, at: 3000, state: 'rejected', reason: 'no route' }],
    },
    {
      ...send,
      at: 2000,
      subject: 'Your quote',
      state: 'accepted',
      attemptCount: 2,
      attempts: [
        { attempt: 1, at: 1000, state: 'waiting', reply: greylisted },
        { attempt: 2, at: 2000, state: 'accepted', reply: { code: 250, text: 'Ok' } },
      ],
    },
  ],
};

test('tells the story from its beginning, with every attempt', () => {
  const terminal = recordTerminal();
  showTimeline(timeline, terminal, 80);
  // Times depend on the time zone of this machine.
  const lines = terminal.lines.map((line) => line.replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss'));
  expect(lines).toEqual([
    '   Bob Miller <bob@dest.example>',
    '',
    '   hh:mm:ss  ✔ accepted  Jane Doe      Your quote',
    '             hh:mm:ss  451 4.7.1 Greylisted',
    '             hh:mm:ss  250 Ok',
    '',
    expect.stringMatching(/^ {3}hh:mm:ss {2}✘ rejected {2}Jane Doe {6}x+…x+$/),
    '             hh:mm:ss  no route',
    '',
    '   hh:mm:ss  ✉ copy      Jane Doe      By hand',
    expect.stringContaining('written in her own mail program'),
    '             with list.csv (52 bytes)',
  ]);
});

test.each([60, 80, 112])('fits into %i columns', (columns) => {
  const terminal = recordTerminal();
  showTimeline(timeline, terminal, columns);
  const widths = terminal.lines.map((line) => Array.from(line).length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
});
