/**
 * The mailbox over IMAP (RFC 9051), by the imapflow library, whose traps end here:
 *
 * - One client is one connection; after its end it stays unusable. So each session has a new one.
 * - The end may be told by `close` alone, without `error`; an `error` without a listener would end
 *   the process. Both are listened to for life.
 * - `false` and `undefined` may mean "refused", "no such mail" or "connection lost". Each is turned
 *   into an explicit result or an error here.
 * - A folder that is deleted and made anew changes its UIDVALIDITY; such a session is over.
 */
import { ImapFlow } from 'imapflow';
import { OnbehalfError } from '../../runtime/errors.ts';
import { swallow } from '../../runtime/swallow.ts';
import { connectError, detailOf, unavailable } from './imap-errors.ts';
import { fetchBytes, fetchMetadata } from './imap-fetch.ts';
import { accountOf, libraryOptions } from './imap-options.ts';
import type { ImapMailboxOptions } from './imap-options.ts';
import type { IntakeMailbox, MailboxSession, MoveResult, TargetFolder } from './mailbox.ts';
import { uidSet } from './uid-set.ts';

const logoutGraceMs = 2000;

/** A mailbox on an IMAP server. Connects with each `open`. */
export function createImapMailbox(options: ImapMailboxOptions): IntakeMailbox {
  const name = `${accountOf(options)}/${options.folder ?? 'INBOX'}`;
  return { name, open: (signal) => openSession(options, signal) };
}

async function openSession(
  options: ImapMailboxOptions,
  signal: AbortSignal,
): Promise<MailboxSession> {
  const client = new ImapFlow(libraryOptions(options));
  const account = accountOf(options);
  const path = options.folder ?? 'INBOX';
  const folders = {
    processed: options.processedFolder ?? 'Processed',
    failed: options.failedFolder ?? 'Failed',
  };
  const end = watchEnd(client, account);
  const breakOff = (): void => client.close();
  signal.addEventListener('abort', breakOff);
  try {
    if (signal.aborted) throw new Error('it was broken off');
    await client.connect();
    for (const folder of Object.values(folders)) await ensureFolder(client, folder);
    const { uidValidity } = await client.mailboxOpen(path);
    client.on('mailboxClose', () => {
      end.is(`${account} closed the folder ${path} or made it anew`);
      client.close();
    });
    const epoch = { account, path, uidValidity: uidValidity.toString() };
    return createSession(client, epoch, folders, end);
  } catch (error) {
    client.close();
    throw connectError(error, account);
  } finally {
    signal.removeEventListener('abort', breakOff);
  }
}

/** The end of a session: known as soon as anything tells of it. */
interface SessionEnd {
  /** Why it ended; undefined while it lives. */
  reason(): string | undefined;
  is(reason: string): void;
  /** Fires at the end. */
  readonly signal: AbortSignal;
}

function watchEnd(client: ImapFlow, account: string): SessionEnd {
  let reason: string | undefined;
  const ended = new AbortController();
  const is = (why: string): void => {
    reason ??= why;
    ended.abort();
  };
  client.on('error', (error) => is(`${account} broke off: ${detailOf(error)}`));
  client.on('close', () => is(`${account} ended the session: ${client.byeReason ?? 'no reason'}`));
  return { reason: () => reason, is, signal: ended.signal };
}

async function ensureFolder(client: ImapFlow, folder: string): Promise<void> {
  try {
    await client.mailboxCreate(folder);
  } catch (error) {
    // old servers answer a plain NO where the folder exists already
    if ((await client.status(folder, { messages: true })) === false) throw error;
  }
}

function createSession(
  client: ImapFlow,
  epoch: MailboxSession['epoch'],
  folders: Readonly<Record<TargetFolder, string>>,
  end: SessionEnd,
): MailboxSession {
  const { account } = epoch;
  let hinted = false;
  let wake = (): void => undefined;
  client.on('exists', ({ count, prevCount }) => {
    if (count <= prevCount) return;
    hinted = true;
    wake();
  });

  const ensureAlive = (): void => {
    const reason = end.reason();
    if (reason !== undefined) throw new OnbehalfError('MAILBOX_UNAVAILABLE', reason);
  };
  const command = async <Result>(what: string, run: () => Promise<Result>): Promise<Result> => {
    ensureAlive();
    try {
      return await run();
    } catch (error) {
      ensureAlive();
      throw unavailable(error, account, what);
    }
  };

  const searchAll = async (): Promise<readonly number[]> => {
    const uids = await client.search({ all: true }, { uid: true });
    if (uids === false || uids === undefined) throw new Error('the server refused to list mails');
    return uids;
  };

  /** Some servers go on showing an open folder as it was before it was deleted and made anew. */
  const reopen = async (): Promise<void> => {
    const { uidValidity } = await client.mailboxOpen(epoch.path);
    ensureAlive();
    if (uidValidity.toString() !== epoch.uidValidity) throw new Error('the folder was made anew');
  };

  const move = async (uids: readonly number[], target: TargetFolder): Promise<MoveResult> => {
    if (uids.length === 0) return { kind: 'moved', uids };
    const folder = folders[target];
    const moved = await client.messageMove(uidSet(uids), folder, { uid: true });
    if (moved === false) {
      // the library says so for a lost connection as well
      ensureAlive();
      return { kind: 'refused', detail: `the server refused to move mails to ${folder}` };
    }
    const { uidMap } = moved;
    if (uidMap !== undefined) return { kind: 'moved', uids: uids.filter((uid) => uidMap.has(uid)) };
    // without UIDPLUS (RFC 4315) a mail is known to have moved by being listed no longer
    const left = new Set(await searchAll());
    return { kind: 'moved', uids: uids.filter((uid) => !left.has(uid)) };
  };

  const waitForMail = async (maxMs: number, signal: AbortSignal): Promise<boolean> => {
    if (hinted || signal.aborted) return hinted;
    const idling = swallow(client.idle(), 'the end of the session is seen by its own events');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => wake(), maxMs);
      wake = () => {
        clearTimeout(timer);
        for (const over of [signal, end.signal]) over.removeEventListener('abort', wake);
        wake = () => undefined;
        resolve();
      };
      for (const over of [signal, end.signal]) over.addEventListener('abort', wake);
      if (end.signal.aborted) wake();
    });
    ensureAlive();
    if (signal.aborted) return hinted;
    // ends IDLE, and shows that the server still answers
    await client.noop();
    await idling;
    return hinted;
  };

  return {
    epoch,
    listUids: () => {
      hinted = false;
      return command('does not list its mails', async () => {
        await reopen();
        return searchAll();
      });
    },
    fetchMetadata: (uids) =>
      command('does not describe its mails', () => fetchMetadata(client, uids)),
    fetchBytes: (mails, maxBytes) =>
      command('does not hand out its mails', () => fetchBytes(client, mails, maxBytes)),
    move: (uids, target) => command('does not move its mails', () => move(uids, target)),
    waitForMail: (maxMs, signal) =>
      command('broke off while idle', () => waitForMail(maxMs, signal)),
    async close() {
      const timer = setTimeout(() => client.close(), logoutGraceMs);
      if (end.reason() === undefined) await swallow(client.logout(), 'it is closed either way');
      clearTimeout(timer);
      client.close();
    },
  };
}
