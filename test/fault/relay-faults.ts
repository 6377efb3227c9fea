import type { RawScript } from '../support/raw-relay.ts';
import type { SeededRandom } from '../support/seed.ts';

// No refusal after the dot: the mail would count as received, and rightly come once more.
const faults: readonly RawScript[] = [
  { closeAfter: 'mid-body' },
  { closeAfter: 'mid-body' },
  { closeAfter: 'dot' },
  { closeAfter: 'dot' },
  { closeAfter: 'reply' },
  { closeAfter: 'greeting' },
  { closeAfter: 'mail' },
  { closeAfter: 'data' },
  { closeAfter: 'mid-body', resets: true },
  { closeAfter: 'dot', resets: true },
  // In the middle of a reply.
  { halfReplyAt: 'mail' },
  { halfReplyAt: 'data', resets: true },
  { halfReplyAt: 'dot' },
  { hangAt: 'rcpt' },
  { hangAt: 'data' },
  { hangAt: 'dot' },
  { replies: { greeting: '421 4.3.2 Too busy' } },
  { replies: { mail: '421 4.3.0 Later' } },
  { replies: { data: '451 4.3.0 Not now' }, closeAfter: 'data' },
];

/**
 * Makes every other connection break in one of many ways, at its first message or a later one. The
 * others close after some messages, so that there are always new ones.
 */
export function relayFaults(random: SeededRandom): () => RawScript {
  return () =>
    random.next() < 0.5
      ? { closeAfter: 'reply', fromMessage: 5 + random.integer(20) }
      : { ...random.pick(faults), fromMessage: 1 + random.integer(6) };
}
