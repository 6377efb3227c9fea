import { readdirSync, readFileSync } from 'node:fs';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import type { EmailAddress } from '../../src/mail/address.ts';

/** Where the golden messages are. */
export const goldenFolder = new URL('./golden/', import.meta.url);

/** Names of all golden messages. */
export const goldenCases: readonly string[] = readdirSync(goldenFolder)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.slice(0, -'.in.json'.length));

/** A golden message's input: the message, and the envelope's recipients where they are not To and Cc. */
export type GoldenMessage = MaskedMessage & { readonly rcptTo?: readonly EmailAddress[] };

/** The recipients of a golden message's envelope. */
export function rcptToOf({ rcptTo, content }: GoldenMessage): readonly EmailAddress[] {
  return rcptTo ?? [...content.to, ...content.cc].map(({ address }) => address);
}

/** Reads a golden message's input. JSON has no bytes: files stand in it as base64. */
export function readGolden(name: string): GoldenMessage {
  const text = readFileSync(new URL(`${name}.in.json`, goldenFolder), 'utf8');
  const input = JSON.parse(text) as GoldenMessage;
  const attachments = input.content.attachments.map((each) => ({
    ...each,
    content: Buffer.from(String(each.content), 'base64'),
  }));
  return { ...input, content: { ...input.content, attachments } };
}
