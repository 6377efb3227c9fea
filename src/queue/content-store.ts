import type { Redis } from 'ioredis';
import type { MessageContent } from '../mail/message-content.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import {
  contentKeyOf,
  decodeContent,
  encodeContent,
  packContent,
  unpackContent,
} from './content-codec.ts';
import { heldNeedsLua } from './held-needs.ts';
import type { KeyNames } from './key-names.ts';
import { defineScript, runScript } from './script.ts';

/** How long a content outlives the last send that may need it, in milliseconds: 48 hours. */
export const contentGraceMs = 48 * 3_600_000;

/** Subject, bodies and attachments, stored once in Redis and referred to by key. */
export interface ContentStore {
  /**
   * Stores a content, or raises the expiry of the same one already there; never lowers it.
   *
   * @param lastNeededAt latest `expiresAt` of its sends, ms since 1970
   * @returns its key
   */
  put(tenant: string, content: MessageContent, lastNeededAt: number): Promise<string>;
  /**
   * Reads a content; undefined when it has expired.
   *
   * @throws OnbehalfError `CONTENT_UNREADABLE`
   */
  get(tenant: string, contentKey: string): Promise<MessageContent | undefined>;
}

/** What {@link createContentStore} takes. */
export interface ContentStoreOptions {
  readonly redis: Redis;
  readonly keys: KeyNames;
  /** 32 bytes that encrypt contents at rest; none means they lie in clear. */
  readonly secret?: Uint8Array;
}

// KEYS[1] content, KEYS[2] held needs; ARGV[1] expiry (ms since 1970), ARGV[2] stored bytes (empty:
// only raise). Returns 1 when the content is there afterwards. What a held send needs has no expiry:
// then this one is noted for later. (PEXPIREAT's GT would need Redis 7.)
const putContent = defineScript(`${heldNeedsLua}
if redis.call('EXISTS', KEYS[1]) == 0 then
  if ARGV[2] == '' then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[1])
  return 1
end
raiseExpiry(KEYS[2], KEYS[1], ARGV[1])
return 1
`);

/** The content store of a shard. */
export function createContentStore(options: ContentStoreOptions): ContentStore {
  const { redis, keys, secret } = options;
  // A template is put for each of its sends: what it packs to is worked out once.
  const knownKeys = new WeakMap<
    MessageContent,
    { readonly tenant: string; readonly contentKey: string }
  >();
  return {
    async put(tenant, content, lastNeededAt) {
      const known = knownKeys.get(content);
      let packed: Buffer | undefined;
      let contentKey: string;
      if (known?.tenant === tenant) {
        contentKey = known.contentKey;
      } else {
        packed = packContent(content);
        contentKey = await contentKeyOf(tenant, packed);
        if (content.template === true) knownKeys.set(content, { tenant, contentKey });
      }
      const names = [keys.content(contentKey), keys.heldNeeds];
      const expiry = lastNeededAt + contentGraceMs;
      // The same content is often there already (a retried call, a team's standard text): ask
      // before sending up to 20 MB.
      if ((await runScript(redis, putContent, names, [expiry, ''])) === 1) return contentKey;
      const stored = await encodeContent(packed ?? packContent(content), contentKey, secret);
      await runScript(redis, putContent, names, [expiry, stored]);
      return contentKey;
    },
    async get(tenant, contentKey) {
      const stored = await redis.getBuffer(keys.content(contentKey));
      if (stored === null) return undefined;
      const packed = await decodeContent(stored, contentKey, secret);
      if ((await contentKeyOf(tenant, packed)) !== contentKey) {
        throw new OnbehalfError('CONTENT_UNREADABLE', 'stored content does not match its key');
      }
      return unpackContent(packed);
    },
  };
}
