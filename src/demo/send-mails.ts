import { historyTotals, type HistoryTotals } from '../history/store/totals.ts';
import { createProducer } from '../producer/index.ts';
import { bob, provider, users } from './cast.ts';
import { demoMails } from './demo-mails.ts';
import type { DemoParts } from './demo-parts.ts';
import { startProgress } from './progress.ts';
import { tellDone, type Story } from './story.ts';
import { waitUntil } from './wait-until.ts';

/** What the producer confirmed. */
export interface EnqueuedCounts {
  readonly enqueuedCount: number;
  /** Those to Bob. */
  readonly sendsToBobCount: number;
}

const callsAtOnceMax = 25;

/** Sends the demo's mails, and waits until the history knows how each of them ended. */
export async function sendMails(story: Story, parts: DemoParts): Promise<EnqueuedCounts> {
  const { clock, sendCount } = story;
  story.chapter(`${sendCount} mails on behalf of ${users.length} users`);
  const begunAt = clock.now();
  const enqueued = await enqueue(story, parts.redis.url, begunAt);
  const ended = await followToEnd(story, parts, enqueued.enqueuedCount);
  const { sends, attempts } = ended;
  const how = `${sends.accepted} accepted, ${sends.rejected} rejected`;
  tellDone(story, `all sent: ${how}, after ${attempts.deferred} times “later”`, begunAt);
  const { rewritten, onBehalf } = modeCounts(parts);
  const { green, dim } = story.terminal.colors;
  const modes = `${onBehalf} went out from the user’s own address, ${rewritten} from an alias`;
  story.terminal.line(`   ${green('✔')} ${modes}`);
  story.terminal.line(
    `     ${dim('Zoë’s domain publishes DMARC p=reject: nobody else may write as her')}`,
  );
  return enqueued;
}

/** How the mails that the relay took were masked, told by their From. */
function modeCounts({ relay }: DemoParts): { rewritten: number; onBehalf: number } {
  const alias = `@u.${provider.domain}>`;
  const rewritten = relay.accepted.filter(({ message }) =>
    /^From: (?:.*\r\n[ \t])*.*/m.exec(message.toString('latin1'))?.[0].includes(alias),
  ).length;
  return { rewritten, onBehalf: relay.accepted.length - rewritten };
}

async function enqueue(story: Story, redisUrl: string, begunAt: number): Promise<EnqueuedCounts> {
  const mails = demoMails(story.sendCount, begunAt);
  await using producer = createProducer({ redisUrl });
  const recipients: string[] = [];
  for (let at = 0; at < mails.length; at += callsAtOnceMax) {
    story.signal.throwIfAborted();
    const calls = mails.slice(at, at + callsAtOnceMax).map(async (mail) => producer.send(mail));
    for (const { sends } of await Promise.all(calls)) {
      recipients.push(...sends.map((send) => send.recipient));
    }
  }
  const what = `${mails.length} messages to ${recipients.length} recipients enqueued`;
  tellDone(story, what, begunAt);
  return {
    enqueuedCount: recipients.length,
    sendsToBobCount: recipients.filter((recipient) => recipient === bob.address).length,
  };
}

async function followToEnd(
  { terminal, progressStream, clock, signal }: Story,
  parts: DemoParts,
  enqueuedCount: number,
): Promise<HistoryTotals> {
  const progress = startProgress(terminal, progressStream, enqueuedCount, 'sends have ended');
  try {
    return await waitUntil({
      what: 'sending',
      look: async () => {
        const seen = await historyTotals(parts.database);
        progress.update(endedCount(seen));
        return seen;
      },
      enough: (seen) => endedCount(seen) >= enqueuedCount,
      check: () => parts.processes.check(),
      clock,
      signal,
    });
  } finally {
    progress.end();
  }
}

function endedCount({ sends }: HistoryTotals): number {
  return Object.values(sends).reduce((sum, count) => sum + count, 0) - sends.waiting;
}
