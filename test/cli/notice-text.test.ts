import { describe, expect, test } from '@jest/globals';
import { createColors } from '../../src/cli/colors.ts';
import { noticeLineText, noticeSentence } from '../../src/cli/notice-text.ts';
import { timelineText } from '../../src/cli/timeline-text.ts';
import type { NoticeLine } from '../../src/history/index.ts';
import { bounceClasses } from '../../src/mail/bounce-class.ts';
import '../support/leftovers.ts';

const bounced: NoticeLine = {
  kind: 'notice',
  at: Date.UTC(2026, 10, 23, 9),
  messageRow: 1,
  subject: 'Your offer',
  notice: 'bounced',
  sendId: 'a'.repeat(26),
  recipient: 'bob@dest.example',
  class: 'mailbox_full',
  rule: 'general.full',
  confidence: 0.9,
  diagnostic: '552 5.2.2 \u001b[31mfull',
  remoteMta: 'mx.dest.example',
  resolution: 'return-path',
  certainty: 'certain',
};
const plain = createColors(false);

describe('a notice on a timeline', () => {
  test('is a plain sentence and what the server said, safe to print', () => {
    const [head, ...rest] = noticeLineText(bounced, plain, '  ');
    expect(head).toMatch(/bounced {3}Your offer$/);
    expect(rest).toEqual([
      '  Not delivered to bob@dest.example: The mailbox has no room for more mail.',
      '  mx.dest.example said: 552 5.2.2  [31mfull',
    ]);
  });

  test('says on what it rests where that is not certain', () => {
    const doubtful: NoticeLine = {
      ...bounced,
      certainty: 'low',
      resolution: 'recipient',
      remark: 'it names x@y.example, the mail was sent to bob@dest.example',
    };
    expect(noticeLineText(doubtful, plain, '').at(-1)).toBe(
      'that it is about this mail rests on the recipient alone; ' +
        'it names x@y.example, the mail was sent to bob@dest.example',
    );
  });

  test.each([
    ['complained', 'complaint', 'bob@dest.example reported this mail as spam.'],
    ['auto-replied', 'auto_reply', 'bob@dest.example answered automatically.'],
    [
      'auto-replied',
      'challenge_response',
      'A filter of bob@dest.example asks the sender to confirm that she is a person.',
    ],
  ] as const)('%s: %s', (notice, name, sentence) => {
    const { diagnostic: _none, ...line } = bounced;
    expect(noticeLineText({ ...line, notice, class: name }, plain, '').slice(1)).toEqual([
      sentence,
    ]);
  });

  test('every class makes a sentence', () => {
    for (const name of bounceClasses) {
      expect(noticeSentence({ ...bounced, class: name })).toMatch(
        /^Not delivered to .+: [A-Z].+\.$/,
      );
      const delayed = noticeSentence({ ...bounced, notice: 'delayed', class: name });
      expect(delayed).toMatch(/^Not delivered to .+ yet, .+: [A-Z].+\.$/);
    }
  });

  test('stands in the timeline of its contact', () => {
    const contact = { contactId: 1, addresses: [] };
    const text = timelineText({ contact, lines: [bounced] }, plain).join('\n');
    expect(text).toContain('Not delivered to bob@dest.example');
  });
});
