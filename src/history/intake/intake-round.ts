/**
 * One pass over the folder.
 *
 * Mails that are dealt with leave the folder, so whatever is in it is looked at, every time: no
 * cursor can be wrong about a mail. What was dealt with before is told by the ledger of UIDs.
 *
 *   list all UIDs; note recorded mails that are not among them as moved; for each 50 of them
 *     ask the ledger: recorded ones are only moved again (a crash came between commit and move)
 *     fetch size and date of the others; for pieces of them of at most 16 MiB
 *       fetch the bytes, parse, judge (as a copy first where copies arrive, then as a notice)
 *       write records, messages, entries and the cursor in ONE transaction
 *     after that, move: to Processed what is in the history, to Failed what is in quarantine
 *
 * Nothing is lost or doubled by a crash between any two of these steps: before the commit the mail
 * is in the folder and not in the ledger, after it in the ledger. A mail the server refuses to hand
 * out or to move stays where it is, and the next pass tries again; it does not hold up others.
 */
import type { Clock } from '../../runtime/clock.ts';
import { OnbehalfError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { IntakeRecord, IntakeState, IntakeVerdict } from '../intake-verdict.ts';
import type { MailboxLease } from '../store/mailbox-lease.ts';
import type { DropboxOwner } from '../store/senders.ts';
import type { Keyring } from '../../mail/keyring.ts';
import type { CopyParser } from './copy-parser.ts';
import type { DropboxAddressing } from './dropbox-token.ts';
import { readHeader } from './header-lines.ts';
import type { IntakeStore } from './intake-store.ts';
import { judgeMail, judgeOversize } from './judge-mail.ts';
import type { JudgeContext } from './judge-mail.ts';
import { judgeNotice } from './judge-notice.ts';
import type { MailboxSession, MailFetch, MailMetadata, TargetFolder } from './mailbox.ts';

/** What a pass did; the counts of states are of mails recorded in this pass. */
export interface RoundReport {
  /** Mails found in the folder. */
  readonly seen: number;
  readonly done: number;
  readonly duplicates: number;
  readonly ownSends: number;
  readonly quarantined: number;
  /** Mails recorded by an earlier pass, only to be moved. */
  readonly recordedBefore: number;
  /** Mails moved out of the folder. */
  readonly moved: number;
  /** Mails the server refused to hand out or to move: they are still there. */
  readonly left: number;
}

/** What a pass needs. */
export interface RoundParts {
  readonly store: IntakeStore;
  readonly parser: CopyParser;
  /** Proves return paths and our own messages. */
  readonly keyring: Keyring;
  /** How dropbox addresses look; absent: no copies arrive here, only notices. */
  readonly addressing?: DropboxAddressing;
  /** Mails over this are not fetched. */
  readonly messageMaxBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const batchMax = 50;
const fetchMaxBytes = 16 * 1024 * 1024;

type Counts = { -readonly [Name in keyof RoundReport]: RoundReport[Name] };

/**
 * Makes one pass.
 *
 * @param signal ends it between two mails; what is committed stays
 * @throws OnbehalfError `INTERRUPTED`, `LEASE_LOST`, `MAILBOX_UNAVAILABLE`, `SELF_CHECK_FAILED`, or
 *   what the database throws
 */
export async function runRound(
  session: MailboxSession,
  lease: MailboxLease,
  parts: RoundParts,
  signal: AbortSignal,
): Promise<RoundReport> {
  const counts: Counts = {
    seen: 0,
    done: 0,
    duplicates: 0,
    ownSends: 0,
    quarantined: 0,
    recordedBefore: 0,
    moved: 0,
    left: 0,
  };
  const all = await session.listUids();
  await parts.store.markLeft(session.epoch, all);
  for (let start = 0; start < all.length; start += batchMax) {
    const uids = all.slice(start, start + batchMax);
    counts.seen += uids.length;
    const states = new Map(await parts.store.readIntakeStates(session.epoch, uids));
    counts.recordedBefore += states.size;
    const fresh = uids.filter((uid) => !states.has(uid));
    const mails = fresh.length === 0 ? [] : await session.fetchMetadata(fresh);
    if (mails.length < fresh.length) {
      // gone meanwhile as a rule; else the next pass meets them again
      parts.logger.warn('intake-mails-missing', { count: fresh.length - mails.length });
    }
    for (const piece of piecesOf(mails, parts.messageMaxBytes)) {
      const records = await judgeAll(session, piece, parts, counts, signal);
      if (records.length === 0) continue;
      const stored = await parts.store.recordIntake(records, lease);
      for (const [index, { uid }] of records.entries()) {
        const state = stored[index];
        if (state === undefined) continue;
        states.set(uid, state);
        counts[countOf(state)] += 1;
      }
    }
    await moveAll(session, states, parts, counts);
  }
  return counts;
}

function countOf(state: IntakeState): 'done' | 'duplicates' | 'ownSends' | 'quarantined' {
  switch (state) {
    case 'done':
      return 'done';
    case 'duplicate':
      return 'duplicates';
    case 'own-send':
      return 'ownSends';
    case 'quarantined':
      return 'quarantined';
  }
}

/** Splits mails so that the bytes of a piece fit into memory; a large one is alone. */
function* piecesOf(mails: readonly MailMetadata[], maxBytes: number): Generator<MailMetadata[]> {
  let piece: MailMetadata[] = [];
  let pieceBytes = 0;
  for (const mail of mails) {
    const bytes = mail.sizeBytes > maxBytes ? 0 : mail.sizeBytes;
    if (piece.length > 0 && pieceBytes + bytes > fetchMaxBytes) {
      yield piece;
      piece = [];
      pieceBytes = 0;
    }
    piece.push(mail);
    pieceBytes += bytes;
  }
  if (piece.length > 0) yield piece;
}

async function judgeAll(
  session: MailboxSession,
  mails: readonly MailMetadata[],
  parts: RoundParts,
  counts: Counts,
  signal: AbortSignal,
): Promise<readonly IntakeRecord[]> {
  const fetched = await session.fetchBytes(mails, parts.messageMaxBytes);
  const now = parts.clock.now();
  const records: IntakeRecord[] = [];
  const findDropbox = rememberDropboxes(parts.store);
  for (const mail of mails) {
    const { uid, sizeBytes } = mail;
    const bytes = fetched.get(uid) ?? { kind: 'gone' };
    const verdict = await judge(mail, bytes, parts, findDropbox, signal);
    if (verdict.kind === 'gone') continue;
    if (verdict.kind === 'refused') {
      counts.left += 1;
      parts.logger.error('intake-mail-refused', { uid, detail: verdict.detail });
      continue;
    }
    const internalDateMs = mail.internalDateMs ?? now;
    records.push({ epoch: session.epoch, uid, internalDateMs, sizeBytes, verdict });
  }
  return records;
}

type Findings = IntakeVerdict | Extract<MailFetch, { readonly kind: 'gone' | 'refused' }>;

async function judge(
  mail: MailMetadata,
  fetched: MailFetch,
  parts: RoundParts,
  findDropbox: JudgeContext['findDropbox'],
  signal: AbortSignal,
): Promise<Findings> {
  switch (fetched.kind) {
    case 'gone':
    case 'refused':
      return fetched;
    case 'too-large': {
      const sizeBytes = Math.max(mail.sizeBytes, fetched.head.length);
      const { fields } = readHeader(fetched.head);
      const tooLarge = judgeOversize(fields, sizeBytes, parts.messageMaxBytes);
      // A report says what it has to say before what it returns.
      const verdict = await judgeAsNotice(fetched.head, parts, signal);
      return verdict.kind === 'notice' ? verdict : tooLarge;
    }
    case 'bytes': {
      const { raw } = fetched;
      const { addressing, keyring } = parts;
      if (addressing === undefined) return judgeAsNotice(raw, parts, signal);
      const reading = await unlessStopped(parts.parser.parse(raw), signal);
      const context = { addressing, keyring, findDropbox };
      const copy = await judgeMail(readHeader(raw).fields, reading, context);
      if (!mayBeNotice(copy)) return copy;
      const verdict = await judgeAsNotice(raw, parts, signal);
      return isAboutNotice(verdict) ? verdict : copy;
    }
  }
}

async function judgeAsNotice(
  raw: Buffer,
  { parser, keyring, clock }: RoundParts,
  signal: AbortSignal,
): Promise<IntakeVerdict> {
  const reading = await unlessStopped(parser.parseNotice(raw), signal);
  return judgeNotice(readHeader(raw).fields, reading, { keyring, now: clock.now() });
}

/** Whether a mail that is no copy may be a notice: not where it came to the dropbox of a sender. */
function mayBeNotice(verdict: IntakeVerdict): boolean {
  if (verdict.kind !== 'quarantined') return false;
  return verdict.reason === 'no-token' || verdict.reason === 'unknown-token';
}

/** Whether there is more to say of it than that it is no notice either. */
function isAboutNotice(verdict: IntakeVerdict): boolean {
  if (verdict.kind !== 'quarantined') return true;
  return verdict.reason === 'forged-token' || verdict.reason === 'expired-token';
}

/** Asks for each token once in a batch: most mails of one go to a few dropboxes. */
function rememberDropboxes(store: IntakeStore): JudgeContext['findDropbox'] {
  const known = new Map<string, DropboxOwner | undefined>();
  return async (tokenHash) => {
    if (!known.has(tokenHash)) known.set(tokenHash, await store.findDropbox(tokenHash));
    return known.get(tokenHash);
  };
}

/** A hostile mail may take seconds to parse; a stop does not wait for it. */
async function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new OnbehalfError('INTERRUPTED', 'the intake was stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function moveAll(
  session: MailboxSession,
  states: ReadonlyMap<number, IntakeState>,
  parts: RoundParts,
  counts: Counts,
): Promise<void> {
  const uids = [...states.keys()].sort((left, right) => left - right);
  const failed = uids.filter((uid) => states.get(uid) === 'quarantined');
  const processed = uids.filter((uid) => states.get(uid) !== 'quarantined');
  const moves: readonly (readonly [TargetFolder, readonly number[]])[] = [
    ['processed', processed],
    ['failed', failed],
  ];
  for (const [target, wanted] of moves) {
    if (wanted.length === 0) continue;
    const result = await session.move(wanted, target);
    if (result.kind === 'refused') {
      counts.left += wanted.length;
      parts.logger.error('intake-move-refused', { target, detail: result.detail });
      continue;
    }
    counts.moved += result.uids.length;
    await parts.store.markMoved(session.epoch, result.uids);
  }
}
