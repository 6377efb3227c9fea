import { headerNames } from '../mail/header-names.ts';
import type { MessageContent } from '../mail/message-content.ts';
import { foldField } from './fold.ts';

/** Most ids that References names after the first: what mail programs need to put threads together. */
const lastReferencesMax = 20;

/**
 * Writes In-Reply-To and References (RFC 5322 §3.6.4), each with its final CRLF; nothing for a message
 * that answers none. References ends in the parent, which is added where the caller did not. A long
 * list keeps its first id, the start of the thread, and its last ones (as RFC 5537 §3.4.4 does).
 */
export function threadFields({
  inReplyTo,
  references = [],
}: Pick<MessageContent, 'inReplyTo' | 'references'>): string {
  const parent = inReplyTo === undefined ? [] : [inReplyTo];
  // A repeated id keeps its first place; the parent always has the last one.
  const ancestors = [...new Set(references)].filter((id) => id !== inReplyTo);
  const thread = [...ancestors, ...parent];
  const shown =
    thread.length > lastReferencesMax + 1
      ? [...thread.slice(0, 1), ...thread.slice(-lastReferencesMax)]
      : thread;
  return (
    (inReplyTo === undefined ? '' : foldField(headerNames.inReplyTo, [inReplyTo])) +
    (shown.length === 0 ? '' : foldField(headerNames.references, shown))
  );
}
