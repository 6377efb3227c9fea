import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Attachment, MessageContent } from '../mail/message-content.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import { inPieces } from './in-pieces.ts';

/*
 * How a content is stored: one byte that names the codec, then the packed content, for the codecs
 * above plain compressed and for the last also encrypted. Packed is: four bytes with the length of
 * a JSON text, the JSON text (all but the attachments' bytes), the attachments' bytes one after
 * the other. The key of a content is an HMAC of its packed bytes under the tenant's name: the same
 * content of one tenant is stored once, and another tenant's key tells nothing about it.
 *
 * Up to 20 MB go through here. What takes long is done in the thread pool or in pieces, so that nobody
 * else waits for it.
 */

/** Names of the codecs, as the first byte. Never renumbered. */
export const contentCodec = { plain: 0, deflated: 1, encrypted: 2 } as const;

const compressFromBytes = 512;
/** Below this, handing work to the thread pool costs more than the work. */
const poolFromBytes = 64 * 1024;
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
export async function contentKeyOf(tenant: string, packed: Buffer): Promise<string> {
  const mac = createHmac('sha256', `content:${tenant}`);
  await inPieces(packed, (piece) => mac.update(piece));
  return mac.digest('hex').slice(0, 32);
}

/**
 * Turns packed bytes into stored bytes: compressed where that pays, encrypted (AES-256-GCM) where
 * there is a key.
 *
 * @param secret 32 bytes, or undefined for no encryption
 * @param contentKey bound into the encryption, so that stored values cannot be swapped
 */
export async function encodeContent(
  packed: Buffer,
  contentKey: string,
  secret?: Uint8Array,
): Promise<Buffer> {
  const inner =
    packed.byteLength < compressFromBytes
      ? Buffer.concat([Buffer.of(contentCodec.plain), packed])
      : Buffer.concat([Buffer.of(contentCodec.deflated), await deflated(packed)]);
  if (secret === undefined) return inner;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(contentKey));
  const pieces: Buffer[] = [];
  await inPieces(inner, (piece) => pieces.push(cipher.update(piece)));
  const sealed = Buffer.concat([...pieces, cipher.final()]);
  return Buffer.concat([Buffer.of(contentCodec.encrypted), nonce, sealed, cipher.getAuthTag()]);
}

/**
 * Turns stored bytes back into packed bytes.
 *
 * @throws OnbehalfError `CONTENT_UNREADABLE` for an unknown codec, a wrong or missing secret, damage
 */
export async function decodeContent(
  stored: Buffer,
  contentKey: string,
  secret?: Uint8Array,
): Promise<Buffer> {
  try {
    return await decode(stored, contentKey, secret);
  } catch (error) {
    throw new OnbehalfError(
      'CONTENT_UNREADABLE',
      `stored content cannot be read (${messageOf(error)}); is ONBEHALF_CONTENT_KEY the same for producers, workers and history?`,
      { cause: error },
    );
  }
}

async function decode(
  stored: Buffer,
  contentKey: string,
  secret: Uint8Array | undefined,
): Promise<Buffer> {
  const rest = stored.subarray(1);
  const codec = stored[0];
  switch (codec) {
    case contentCodec.plain:
      return rest;
    case contentCodec.deflated:
      return inflated(rest);
    case contentCodec.encrypted: {
      if (secret === undefined) throw new Error('it is encrypted and there is no content key');
      const nonce = rest.subarray(0, nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(contentKey))
        .setAuthTag(rest.subarray(rest.byteLength - tagBytes));
      const sealed = rest.subarray(nonceBytes, rest.byteLength - tagBytes);
      const pieces: Buffer[] = [];
      await inPieces(sealed, (piece) => pieces.push(decipher.update(piece)));
      const inner = Buffer.concat([...pieces, decipher.final()]);
      if (inner[0] === contentCodec.encrypted) throw new Error('it is encrypted twice');
      return decode(inner, contentKey, undefined);
    }
    case undefined:
      throw new Error('it is empty');
    default:
      throw new Error(`unknown codec ${codec}`);
  }
}

const deflateInPool = promisify<Buffer, { level: number }, Buffer>(deflateRaw);
const inflateInPool = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

async function deflated(bytes: Buffer): Promise<Buffer> {
  const options = { level: 1 };
  return bytes.byteLength < poolFromBytes
    ? deflateRawSync(bytes, options)
    : deflateInPool(bytes, options);
}

async function inflated(bytes: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: unpackedBytesMax };
  return bytes.byteLength < poolFromBytes
    ? inflateRawSync(bytes, options)
    : inflateInPool(bytes, options);
}
