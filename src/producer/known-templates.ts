import type { MessageContent } from '../mail/message-content.ts';

/** Templates that are remembered; beyond them all are forgotten, which costs no more than time. */
const knownMax = 200;

/**
 * Remembers the templates that were sent last: a content that equals one of them is replaced by it, so
 * that whoever knows something by the object (its key, its digest) need not work it out for each send.
 *
 * Contents with attachments are not remembered: to compare their bytes costs more than it saves.
 */
export function knownTemplates(): (content: MessageContent) => MessageContent {
  const known = new Map<string, MessageContent>();
  return (content) => {
    if (content.template !== true || content.attachments.length > 0) return content;
    const { text, html, ...small } = content;
    const name = JSON.stringify([small, text?.length, html?.length]);
    const earlier = known.get(name);
    // Compared last, for they are long, and most often the very same texts.
    if (earlier?.text === text && earlier?.html === html && earlier !== undefined) return earlier;
    if (known.size >= knownMax) known.clear();
    known.set(name, content);
    return content;
  };
}
