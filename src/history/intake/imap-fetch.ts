/**
 * Fetching mails over IMAP: many small ones by one command, large ones piece by piece.
 *
 * - A literal above the library's limit ends the connection, and the same mail would end the next
 *   one too. So only pieces are asked for, whatever size the server tells (some are off).
 * - No command may be given while rows of a FETCH are read, so rows are always collected first.
 * - Servers may add rows about mails nobody asked for, and leave the source out of rows of mails
 *   that another session removed; the library's types do not show it.
 * - Where the server refuses a FETCH of many mails, each is asked for alone: one broken mail must
 *   not hide the others.
 */
import type { FetchMessageObject, FetchQueryObject, ImapFlow } from 'imapflow';
import { detailOf, isRefusal } from './imap-errors.ts';
import { pieceMaxBytes } from './imap-options.ts';
import type { MailFetch, MailMetadata } from './mailbox.ts';
import { uidSet } from './uid-set.ts';

const headBytes = 64 * 1024;

type Row = FetchMessageObject | { readonly refused: string };

/** Size and date of mails; those that are gone or refused are missing. */
export async function fetchMetadata(
  client: ImapFlow,
  uids: readonly number[],
): Promise<readonly MailMetadata[]> {
  const rows = await fetchRows(client, uids, { size: true, internalDate: true });
  return [...rows.values()].flatMap((row) => ('refused' in row ? [] : [describe(row)]));
}

/** The bytes of mails, of each at most `maxBytes`; every mail has an answer. */
export async function fetchBytes(
  client: ImapFlow,
  mails: readonly MailMetadata[],
  maxBytes: number,
): Promise<ReadonlyMap<number, MailFetch>> {
  const small = mails.filter((mail) => mail.sizeBytes < pieceMaxBytes).map((mail) => mail.uid);
  const rows = await fetchRows(client, small, { source: { start: 0, maxLength: pieceMaxBytes } });
  const found = new Map<number, MailFetch>();
  for (const { uid, sizeBytes } of mails) {
    const row = rows.get(uid);
    const source: MailFetch = row === undefined ? { kind: 'gone' } : sourceOf(row);
    // a source as long as what was asked for may have been cut there
    const cut = source.kind === 'bytes' && source.raw.length >= pieceMaxBytes;
    if (sizeBytes > maxBytes) found.set(uid, await fetchHead(client, uid));
    else if (cut || sizeBytes >= pieceMaxBytes) {
      found.set(uid, await fetchPieces(client, uid, maxBytes));
    } else found.set(uid, source.kind === 'bytes' ? whole(source.raw, maxBytes) : source);
  }
  return found;
}

async function fetchRows(
  client: ImapFlow,
  uids: readonly number[],
  query: FetchQueryObject,
): Promise<ReadonlyMap<number, Row>> {
  const asked = new Set(uids);
  if (asked.size === 0) return new Map();
  try {
    const rows = await client.fetchAll(uidSet(uids), query, { uid: true });
    return new Map(rows.filter((row) => asked.has(row.uid)).map((row) => [row.uid, row]));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [only] = uids;
    if (only !== undefined && asked.size === 1) {
      return new Map([[only, { refused: detailOf(error) }]]);
    }
  }
  const found = new Map<number, Row>();
  for (const uid of uids) {
    for (const [key, row] of await fetchRows(client, [uid], query)) found.set(key, row);
  }
  return found;
}

async function fetchHead(client: ImapFlow, uid: number): Promise<MailFetch> {
  const rows = await fetchRows(client, [uid], { source: { start: 0, maxLength: headBytes } });
  const row = rows.get(uid);
  const head = row === undefined ? undefined : sourceOf(row);
  if (head === undefined) return { kind: 'gone' };
  return head.kind === 'bytes' ? { kind: 'too-large', head: head.raw } : head;
}

/**
 * Reads a mail piece by piece until one is not full; the size told is not relied on. Each time one
 * byte more is asked for, which shows whether anything follows: there is no asking beyond the end,
 * and no row without bytes but that of a mail removed meanwhile.
 */
async function fetchPieces(client: ImapFlow, uid: number, maxBytes: number): Promise<MailFetch> {
  const pieces: Buffer[] = [];
  for (let start = 0; start <= maxBytes; start += pieceMaxBytes) {
    const query = { source: { start, maxLength: pieceMaxBytes + 1 } };
    const row = (await fetchRows(client, [uid], query)).get(uid);
    const found: MailFetch = row === undefined ? { kind: 'gone' } : sourceOf(row);
    if (found.kind !== 'bytes') return found;
    const { raw } = found;
    // more than asked for: a server that does not know pieces gave the whole mail
    if (raw.length > pieceMaxBytes + 1 && start === 0) return whole(raw, maxBytes);
    pieces.push(raw.subarray(0, pieceMaxBytes));
    if (raw.length <= pieceMaxBytes) break;
  }
  return whole(Buffer.concat(pieces), maxBytes);
}

function whole(raw: Buffer, maxBytes: number): MailFetch {
  if (raw.length <= maxBytes) return { kind: 'bytes', raw };
  return { kind: 'too-large', head: raw.subarray(0, headBytes) };
}

function sourceOf(row: Row): MailFetch {
  if ('refused' in row) return { kind: 'refused', detail: row.refused };
  const raw: unknown = row.source;
  return Buffer.isBuffer(raw) ? { kind: 'bytes', raw } : { kind: 'gone' };
}

function describe(row: FetchMessageObject): MailMetadata {
  const date = new Date(row.internalDate ?? Number.NaN).getTime();
  return {
    uid: row.uid,
    sizeBytes: row.size ?? 0,
    internalDateMs: Number.isNaN(date) ? undefined : date,
  };
}
