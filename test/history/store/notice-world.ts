import type { HistoryDatabase } from '../../../db/open.ts';
import { notice } from '../../../db/sqlite/schema.ts';
import type { IntakeRecord } from '../../../src/history/intake-verdict.ts';
import type { NoticeProof } from '../../../src/history/notice.ts';
import { recordIntake } from '../../../src/history/store/record-intake.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { timelineOf, type Timeline } from '../../../src/history/store/timeline.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import type { OutcomeEvent } from '../../../src/queue/outcome-event.ts';
import { contentTo, mailbox, outcome } from '../../support/history.ts';
import {
  intakeRecord,
  intakeWorld,
  noticeResult,
  noticeVerdict,
  now,
} from '../../support/intake.ts';

/** A contact. */
export const bob = 'bob@client.example';
/** Another one. */
export const eve = 'eve@client.example';
const tenant = 'default';

/** A history to record mails in that came back. */
interface NoticeWorld {
  readonly database: HistoryDatabase;
  /** Records mails that came back; the state of each, with its reason. */
  readonly record: (...records: readonly IntakeRecord[]) => Promise<readonly string[]>;
  readonly addEvents: (...events: readonly OutcomeEvent[]) => ReturnType<typeof recordOutcomes>;
  readonly lines: (address?: string) => Promise<Timeline['lines']>;
  /** What the table of notices holds, oldest first. */
  readonly rows: () => readonly (typeof notice.$inferSelect)[];
}

let uid = 0;
/** A mail that came back, with its verdict; each call is another mail. */
export const noticeMail = (
  proof: NoticeProof,
  results = [noticeResult()],
  contentKey = `notice-${uid}`,
): IntakeRecord => {
  uid += 1;
  return intakeRecord(uid, noticeVerdict(proof, results, contentKey));
};

/** A history with nothing in it. */
export async function noticeWorld(): Promise<NoticeWorld> {
  const { database, lease } = await intakeWorld();
  return {
    database,
    async record(...records) {
      return recordIntake(database, records, lease, now);
    },
    addEvents: (...events) =>
      recordOutcomes(
        database,
        events.map((event) => ({
          event,
          content: contentTo(mailbox(bob, 'Bob Poe'), mailbox(eve)),
        })),
        now,
      ),
    async lines(address = bob) {
      const page = await timelineOf(database, { tenant, address: address as EmailAddress });
      return page?.lines ?? [];
    },
    rows: () => database.orm.select().from(notice).orderBy(notice.id).all(),
  };
}

/** The event of an accepted mail to Bob. */
export const toBob = outcome('offer', bob);
/** The event of the same mail to Eve. */
export const toEve = outcome('offer', eve);
