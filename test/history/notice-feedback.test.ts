import { expect, test } from '@jest/globals';
import { feedbackOf, type NoticeOfSend } from '../../src/history/notice-feedback.ts';
import '../support/leftovers.ts';

const bounced: NoticeOfSend = {
  kind: 'bounced',
  class: 'user_unknown',
  code: 550,
  enhancedCode: '5.1.1',
  diagnostic: '550 5.1.1 no such user',
  remoteMta: 'mx.dest.example',
  send: { mode: 'on-behalf', route: 'main' },
};
const minuteMs = 60_000;
const usual = { kind: 'slow-down', scope: 'provider', waitMs: 5 * minuteMs, stepMs: minuteMs };
/** A list is not over in a minute. */
const listed = { ...usual, waitMs: 10 * minuteMs, stepMs: 2 * minuteMs };
const busy = '421 4.7.0 Too many connections from your host';

test.each<[string, Partial<NoticeOfSend>, readonly object[]]>([
  ['an unknown user', {}, []],
  [
    'a refusal by policy that its code tells',
    { class: 'auth_failed', enhancedCode: '5.7.26' },
    [{ kind: 'policy-refusal' }],
  ],
  ['SPF, which looks at our own return path', { class: 'auth_failed', diagnostic: '550 SPF' }, []],
  [
    'a refusal by policy that only its words tell',
    {
      class: 'policy',
      diagnostic: '550 5.7.1 Refused because of the DMARC policy of acme.example',
    },
    [{ kind: 'policy-refusal' }],
  ],
  [
    'a refusal by policy in another mode',
    { class: 'auth_failed', enhancedCode: '5.7.26', send: { mode: 'aligned', route: 'main' } },
    [],
  ],
  ['low reputation', { class: 'low_reputation' }, [usual]],
  ['a blocklist', { class: 'blocklisted' }, [listed]],
  ['a rate limit in words nobody knows', { class: 'rate_limited', kind: 'delayed' }, [usual]],
  [
    'words that name a time',
    {
      class: 'rate_limited',
      kind: 'delayed',
      code: 421,
      enhancedCode: '4.7.0',
      diagnostic: '421 4.7.0 Slow down, try again in 2 minutes',
    },
    [{ ...usual, waitMs: 2 * minuteMs }],
  ],
  [
    'words that name a day',
    {
      class: 'rate_limited',
      kind: 'delayed',
      code: 421,
      enhancedCode: '4.7.0',
      diagnostic: '421 4.7.0 Slow down, try again in 24 hours',
    },
    [{ ...usual, waitMs: 10 * minuteMs }],
  ],
  [
    'connections of the relay at a provider',
    { class: 'rate_limited', kind: 'delayed', code: 421, diagnostic: busy },
    [{ ...usual, waitMs: minuteMs, stepMs: 15_000 }],
  ],
  ['greylisting', { class: 'greylisted', kind: 'delayed', diagnostic: '451 Greylisted' }, []],
  ['a mailbox that gets too much', { class: 'recipient_rate_limited' }, []],
  [
    'a complaint',
    { class: 'complaint', kind: 'complained' },
    [{ kind: 'counted', what: 'complaint' }],
  ],
  ['a refusal as spam', { class: 'spam_content' }, [{ kind: 'counted', what: 'spam-refusal' }]],
  ['a delay because of spam', { class: 'spam_content', kind: 'delayed' }, []],
  ['a send that never left', { class: 'rate_limited', send: { mode: null, route: null } }, []],
])('%s', (_name, more, expected) => {
  expect(feedbackOf({ ...bounced, ...more })).toEqual(expected);
});

test('where no other server is named the relay speaks of itself: the whole route', () => {
  const { remoteMta: _none, ...bare } = bounced;
  const notice = { ...bare, class: 'rate_limited', kind: 'delayed', code: 421, diagnostic: busy };
  expect(feedbackOf(notice as NoticeOfSend)).toMatchObject([{ scope: 'route' }]);
  // Words that do not speak of a relay say nothing of the route.
  const reputation = { ...bare, class: 'low_reputation' } as const;
  expect(feedbackOf(reputation)).toMatchObject([{ scope: 'provider' }]);
});
