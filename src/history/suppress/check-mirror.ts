/**
 * Whether the mirror in Redis has what the database has: both tell a count and a digest. Where they
 * differ (Redis lost something, or is new), the mirror is made anew, and it switches at one moment.
 */
import {
  emptyDigest,
  joinDigests,
  suppressionDigest,
  type MirroredSuppression,
} from '../../queue/suppression-mirror.ts';
import { cursorOf, lastChange } from './mirror-cursor.ts';
import { pushSuppressions } from './push-suppressions.ts';
import { activePages, rebuildMirror, type MirrorWay } from './rebuild-mirror.ts';

/** What a check found. */
export type MirrorFinding =
  | { readonly kind: 'same'; readonly count: number }
  /** They differed; the mirror was made anew. */
  | { readonly kind: 'rebuilt'; readonly count: number; readonly mirrorCount: number }
  /** Others change the list all the time; to be tried later. */
  | { readonly kind: 'busy' };

interface Summary {
  readonly count: number;
  readonly digest: string;
}

const triesMax = 3;

/** Compares a database and its mirror whenever it is called. */
export function openMirrorCheck(options: MirrorWay): () => Promise<MirrorFinding> {
  const { database, mirror, mirrorName } = options;
  // Nothing changes without a line in the audit, so the digest holds until there is one.
  let known: { readonly change: number; readonly summary: Summary } | undefined;

  const summaryAt = async (change: number): Promise<Summary> => {
    if (known?.change === change) return known.summary;
    let summary: Summary = { count: 0, digest: emptyDigest };
    for await (const page of activePages(database)) summary = addedUp(summary, page);
    if (lastChange(database.orm) === change) known = { change, summary };
    return summary;
  };

  return async () => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      await pushSuppressions(options);
      const change = lastChange(database.orm);
      const ours = await summaryAt(change);
      const theirs = await mirror.summary();
      const isStill =
        lastChange(database.orm) === change && cursorOf(database.orm, mirrorName) === change;
      if (!isStill) continue;
      if (ours.count === theirs.count && ours.digest === theirs.digest) {
        return { kind: 'same', count: ours.count };
      }
      await rebuildMirror(options);
      return { kind: 'rebuilt', count: ours.count, mirrorCount: theirs.count };
    }
    return { kind: 'busy' };
  };
}

function addedUp(summary: Summary, page: readonly MirroredSuppression[]): Summary {
  return {
    count: summary.count + page.length,
    digest: page.map(suppressionDigest).reduce(joinDigests, summary.digest),
  };
}
