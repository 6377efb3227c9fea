/**
 * The contents that a batch of outcome events still needs, a few at a time.
 *
 * A content is fetched once, for the first event of a message whose content the history lacks, and
 * reduced at once to what is kept (no bytes of attachments). When what was fetched exceeds a bound,
 * the events so far are handed out to be written before more is fetched, so memory stays bounded
 * whatever the size of the batch. A content that has expired or cannot be read costs its message
 * the body, and raises an alarm; it never holds up the event.
 */
import type { HistoryDatabase } from '../../db/open.ts';
import type { ContentStore } from '../queue/content-store.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { StoredEvent } from '../queue/outcome-stream.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { messageNameKey, messagesWithContent } from './store/kept-content.ts';
import { recordOfContent, sizeOfRecord, type MessageRecord } from './store/message-record.ts';

/** An event with its place in the stream and, where it is needed, its message's content. */
export interface ContentedEvent extends StoredEvent {
  readonly content?: MessageRecord;
}

/** What {@link portionsWithContent} takes besides the events. */
export interface PortionOptions {
  readonly database: HistoryDatabase;
  readonly contents: Pick<ContentStore, 'get'>;
  readonly logger: Logger;
  /** Contents held at once, in bytes; one more may exceed it by its own size. */
  readonly heldBytesMax: number;
}

/** Contents fetched at the same time: each may have 15 MiB of attachments until it is reduced. */
const fetchesMax = 4;

/**
 * Gives the events in their order, in portions, with the contents they need.
 *
 * @throws whatever the connection to Redis throws, when a content cannot be asked for
 */
export async function* portionsWithContent(
  events: readonly StoredEvent[],
  options: PortionOptions,
): AsyncGenerator<readonly ContentedEvent[]> {
  const provided = await messagesWithContent(
    options.database,
    events.map(({ event }) => event),
  );
  let portion: ContentedEvent[] = [];
  let heldBytes = 0;
  for (let start = 0; start < events.length; start += fetchesMax) {
    const slice = events.slice(start, start + fetchesMax);
    // Chosen before anything is awaited, so that no message is fetched for twice.
    const wanted = slice.map(({ event }) => {
      const key = messageNameKey(event);
      if (provided.has(key)) return false;
      provided.add(key);
      return true;
    });
    const contents = await Promise.all(
      slice.map(async ({ event }, index) =>
        wanted[index] === true ? fetchContent(event, options) : undefined,
      ),
    );
    for (const [index, stored] of slice.entries()) {
      const content = contents[index];
      portion.push(content === undefined ? stored : { ...stored, content });
      if (content !== undefined) heldBytes += sizeOfRecord(content);
    }
    if (heldBytes >= options.heldBytesMax) {
      yield portion;
      portion = [];
      heldBytes = 0;
    }
  }
  if (portion.length > 0) yield portion;
}

async function fetchContent(
  event: OutcomeEvent,
  { contents, logger }: PortionOptions,
): Promise<MessageRecord | undefined> {
  const { tenant, contentKey, messageId, eventId } = event;
  const fields = { tenant, messageId, eventId, contentKey };
  try {
    const content = await contents.get(tenant, contentKey);
    if (content !== undefined) return recordOfContent(content, event);
    logger.error('content-missing', { ...fields, consequence: 'recorded without its text' });
  } catch (error) {
    if (!isContentsFault(error)) throw error;
    logger.error('content-unreadable', { ...fields, error: messageOf(error) });
  }
  return undefined;
}

/** Whether the content itself is at fault, and not the way to it, which a later try may find open. */
function isContentsFault(error: unknown): boolean {
  if (codeOf(error) === 'CONTENT_UNREADABLE') return true;
  return typeof error === 'object' && error !== null && 'name' in error
    ? error.name === 'TypeError' || error.name === 'RangeError' || error.name === 'SyntaxError'
    : false;
}
