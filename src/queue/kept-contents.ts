import type { MessageContent } from '../mail/message-content.ts';
import type { ContentStore } from './content-store.ts';

/** Above this a content is not kept: a few attachments would push out everything else. */
const contentBytesMax = 1024 * 1024;

/**
 * A content store that keeps the contents read last, decoded. The recipients of one message, and its
 * retries, share a content: it is fetched, decrypted and unpacked once, and whoever remembers
 * something by it (its encoded bodies) meets the same object again.
 *
 * @param bytesMax bound on the sum of their texts and attachments; default 32 MB
 */
export function keptContents(
  contents: ContentStore,
  bytesMax: number = 32 * 1024 * 1024,
): ContentStore {
  // A Map keeps the order of insertion: the first is the one that was not used for longest.
  const kept = new Map<string, { readonly content: MessageContent; readonly bytes: number }>();
  const reading = new Map<string, Promise<MessageContent | undefined>>();
  let total = 0;
  const drop = (name: string): void => {
    total -= kept.get(name)?.bytes ?? 0;
    kept.delete(name);
  };
  const keep = (name: string, content: MessageContent): void => {
    const bytes = sizeOf(content);
    if (bytes > Math.min(contentBytesMax, bytesMax)) return;
    drop(name);
    kept.set(name, { content, bytes });
    total += bytes;
    for (const oldest of kept.keys()) {
      if (total <= bytesMax) break;
      drop(oldest);
    }
  };
  const read = async (tenant: string, contentKey: string, name: string) => {
    try {
      const content = await contents.get(tenant, contentKey);
      if (content !== undefined) keep(name, content);
      return content;
    } finally {
      reading.delete(name);
    }
  };
  return {
    ...contents,
    async get(tenant, contentKey) {
      // The tenant is part of it: that a content belongs to its tenant is not checked again.
      const name = `${contentKey}/${tenant}`;
      const found = kept.get(name);
      if (found !== undefined) {
        kept.delete(name);
        kept.set(name, found);
        return found.content;
      }
      let work = reading.get(name);
      if (work === undefined) {
        work = read(tenant, contentKey, name);
        reading.set(name, work);
      }
      return work;
    },
  };
}

/** About what it takes in memory, in bytes. */
function sizeOf(content: MessageContent): number {
  const { subject, text = '', html = '', attachments } = content;
  const texts = subject.length + text.length + html.length;
  return attachments.reduce((sum, each) => sum + each.content.byteLength, 1_000 + 2 * texts);
}
