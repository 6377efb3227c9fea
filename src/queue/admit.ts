import type { MessageContent } from '../mail/message-content.ts';
import type { SendId } from '../mail/ids.ts';
import type { ContentStore } from './content-store.ts';
import type { FrozenFacts, FrozenFactsStore } from './frozen-facts.ts';
import type { SendJob } from './send-job.ts';

/*
 * What a worker needs to know of a send before it does anything: its ledger, the frozen facts of its
 * message and the content. Asked for at once, the three travel in one write and come back in one
 * round trip, together with those of the other jobs of the moment (group-commit.ts).
 */

/** What is being read of a send; each is awaited, and fails, where it is used. */
export interface Admission<Entry> {
  readonly entry: Promise<Entry>;
  readonly content: Promise<MessageContent | undefined>;
  readonly frozen: Promise<FrozenFacts | undefined>;
}

/** Where it is read from. */
export interface AdmissionSources<Entry> {
  readonly ledger: { read(sendId: SendId, createdAt: number): Promise<Entry> };
  readonly contents: Pick<ContentStore, 'get'>;
  readonly frozenFacts: Pick<FrozenFactsStore, 'read'>;
}

/** Begins to read what is known of a send. */
export function admit<Entry>(sources: AdmissionSources<Entry>, job: SendJob): Admission<Entry> {
  const admission = {
    entry: sources.ledger.read(job.sendId, job.createdAt),
    content: sources.contents.get(job.tenant, job.contentKey),
    frozen: sources.frozenFacts.read(job),
  };
  // A send that is over needs neither; what failed then is nobody's trouble.
  admission.content.catch(() => undefined);
  admission.frozen.catch(() => undefined);
  return admission;
}
