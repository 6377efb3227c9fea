import { historyTotals } from '../history/store/totals.ts';
import type { DemoParts } from './demo-parts.ts';
import { wrap } from './layout.ts';
import { deliverOwnMail } from './own-mail.ts';
import { tellDone, type Story } from './story.ts';
import { waitUntil } from './wait-until.ts';

/** Jane writes one mail in her own program, and its copy is waited for. */
export async function writeByHand(story: Story, parts: DemoParts): Promise<void> {
  const { terminal, columns, clock, signal } = story;
  const { cyan, dim } = terminal.colors;
  story.chapter('Jane writes from her own mail program');
  const text =
    'Bob’s server refused the archive she sent. So she writes to him from the program on her laptop, which knows nothing of the CRM, and puts her dropbox address into BCC:';
  for (const line of wrap(text, columns - 3)) terminal.line(`   ${dim(line)}`);
  terminal.line(`   ${cyan(parts.dropboxAddress)}`);
  // Mailboxes note the second in which a mail came; it must stand behind what came before.
  await clock.sleep(1000 - (clock.now() % 1000), signal);
  const begunAt = clock.now();
  await deliverOwnMail(parts.dovecot.lmtp, parts.dropboxAddress, begunAt);
  await waitUntil({
    what: 'filing the copy',
    // What was filed and moved out of the inbox; filing alone could still be repeated.
    look: async () => {
      const { byState, unmovedCount } = (await historyTotals(parts.database)).intake;
      return Object.values(byState).reduce((sum, count) => sum + count, 0) - unmovedCount;
    },
    enough: (movedCount) => movedCount === 1,
    check: () => parts.processes.check(),
    clock,
    signal,
  });
  tellDone(story, 'its copy is filed in Bob’s history', begunAt);
}
