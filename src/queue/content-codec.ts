import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Attachment, MessageContent } from '../mail/message-content.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';

/*
 * How a content is stored: one byte that names the codec, then the packed content, for the codecs
 * above plain compressed and for the last also encrypted. Packed is: four bytes with the length of
 * a JSON text, the JSON text (all but the attachments' bytes), the attachments' bytes one after
 * the other. The key of a content is an HMAC of its packed bytes under the tenant's name: the same
 * content of one tenant is stored once, and another tenant's key tells nothing about it.
 */

/** Names of the codecs, as the first byte. Never renumbered. */
export const contentCodec = { plain: 0, deflated: 1, encrypted: 2 } as const;

const compressFromBytes = 512;
const nonceBytes = 12;
const tagBytes = 16;
/** Bound on what a stored content may unpack to: a guard against a forged one. */
const unpackedBytesMax = 256 * 1024 * 1024;

/** Packs a content into bytes that are the same for the same content. */
export function packContent(content: MessageContent): Buffer {
  const attachments = content.attachments.map(({ content: bytes, ...rest }) => ({
    ...rest,
    bytes: bytes.byteLength,
  }));
  const json = Buffer.from(JSON.stringify({ ...content, attachments }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.byteLength);
  return Buffer.concat([length, json, ...content.attachments.map((each) => each.content)]);
}

/** Unpacks what {@link packContent} made. */
export function unpackContent(packed: Buffer): MessageContent {
  const bodyAt = 4 + packed.readUInt32BE(0);
  const parsed = JSON.parse(packed.toString('utf8', 4, bodyAt)) as Omit<
    MessageContent,
    'attachments'
  > & { attachments: readonly (Omit<Attachment, 'content'> & { bytes: number })[] };
  let at = bodyAt;
  const attachments = parsed.attachments.map(({ bytes, ...rest }) => {
    const content = packed.subarray(at, at + bytes);
    at += bytes;
    if (content.byteLength !== bytes) throw new RangeError('attachment is cut short');
    return { ...rest, content };
  });
  return { ...parsed, attachments };
}

/** The key of a packed content: 32 hex digits of HMAC-SHA-256 under the tenant's name. */
export function contentKeyOf(tenant: string, packed: Buffer): string {
  return createHmac('sha256', `content:${tenant}`).update(packed).digest('hex').slice(0, 32);
}

/**
 * Turns packed bytes into stored bytes: compressed where that pays, encrypted (AES-256-GCM) where
 * there is a key.
 *
 * @param secret 32 bytes, or undefined for no encryption
 * @param contentKey bound into the encryption, so that stored values cannot be swapped
 */
export function encodeContent(packed: Buffer, contentKey: string, secret?: Uint8Array): Buffer {
  const inner =
    packed.byteLength < compressFromBytes
      ? Buffer.concat([Buffer.of(contentCodec.plain), packed])
      : Buffer.concat([Buffer.of(contentCodec.deflated), deflateRawSync(packed, { level: 1 })]);
  if (secret === undefined) return inner;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(contentKey));
  const sealed = Buffer.concat([cipher.update(inner), cipher.final()]);
  return Buffer.concat([Buffer.of(contentCodec.encrypted), nonce, sealed, cipher.getAuthTag()]);
}

/**
 * Turns stored bytes back into packed bytes.
 *
 * @throws OnbehalfError `CONTENT_UNREADABLE` for an unknown codec, a wrong or missing secret, damage
 */
export function decodeContent(stored: Buffer, contentKey: string, secret?: Uint8Array): Buffer {
  try {
    return decode(stored, contentKey, secret);
  } catch (error) {
    throw new OnbehalfError(
      'CONTENT_UNREADABLE',
      `stored content cannot be read (${messageOf(error)}); is ONBEHALF_CONTENT_KEY the same for producers, workers and history?`,
      { cause: error },
    );
  }
}

function decode(stored: Buffer, contentKey: string, secret: Uint8Array | undefined): Buffer {
  const rest = stored.subarray(1);
  const codec = stored[0];
  switch (codec) {
    case contentCodec.plain:
      return rest;
    case contentCodec.deflated:
      return inflateRawSync(rest, { maxOutputLength: unpackedBytesMax });
    case contentCodec.encrypted: {
      if (secret === undefined) throw new Error('it is encrypted and there is no content key');
      const nonce = rest.subarray(0, nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(contentKey))
        .setAuthTag(rest.subarray(rest.byteLength - tagBytes));
      const sealed = rest.subarray(nonceBytes, rest.byteLength - tagBytes);
      const inner = Buffer.concat([decipher.update(sealed), decipher.final()]);
      if (inner[0] === contentCodec.encrypted) throw new Error('it is encrypted twice');
      return decode(inner, contentKey, undefined);
    }
    case undefined:
      throw new Error('it is empty');
    default:
      throw new Error(`unknown codec ${codec}`);
  }
}
