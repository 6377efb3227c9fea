import { headerNames } from '../mail/header-names.ts';

/*
 * Which fields a DKIM signature covers. Each name below is signed whether its field is there or not,
 * once more often than it occurs (oversigned, RFC 6376 §5.4 and §8.15), so that nobody can add one.
 *
 * single: what people and programs go by. List-… fields that are absent are left open, because a
 *   mailing list adds them by right.
 * bulk: also the list fields; RFC 8058 §4 asks for a signature over List-Unsubscribe and its Post.
 * relay-safe: either, without the fields that the next hop is known to replace or to add.
 */

const single = [
  headerNames.from,
  headerNames.sender,
  headerNames.replyTo,
  headerNames.to,
  headerNames.cc,
  headerNames.subject,
  headerNames.date,
  headerNames.messageId,
  headerNames.inReplyTo,
  headerNames.references,
  headerNames.mimeVersion,
  headerNames.contentType,
  headerNames.contentTransferEncoding,
].map((name) => name.toLowerCase());

const bulk = [
  ...single,
  ...[
    headerNames.listId,
    headerNames.listUnsubscribe,
    headerNames.listUnsubscribePost,
    headerNames.listHelp,
    headerNames.feedbackId,
    headerNames.autoSubmitted,
    headerNames.precedence,
  ].map((name) => name.toLowerCase()),
];

/** Amazon SES replaces Message-ID and Date; a submission server may add Sender (RFC 6409 §8.1). */
const replacedByRelays: ReadonlySet<string> = new Set(
  [headerNames.messageId, headerNames.date, headerNames.sender].map((name) => name.toLowerCase()),
);

const singleRelaySafe = single.filter((name) => !replacedByRelays.has(name));
const bulkRelaySafe = bulk.filter((name) => !replacedByRelays.has(name));

/** Which names of a message's fields a signature covers, in lower case. */
export interface DkimProfile {
  /** Names that are signed whether their fields are there or not, in this order. */
  readonly always: readonly string[];
  /** Names that are not signed even where their fields are there. */
  readonly never: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/**
 * The profile that fits a message.
 *
 * @param hasListFields whether it says how to unsubscribe, as sequences and campaigns do
 * @param isRelaySafe whether the next hop may replace Message-ID and Date and add Sender
 */
export function dkimProfile(hasListFields: boolean, isRelaySafe: boolean): DkimProfile {
  if (isRelaySafe) {
    return { always: hasListFields ? bulkRelaySafe : singleRelaySafe, never: replacedByRelays };
  }
  return { always: hasListFields ? bulk : single, never: none };
}
