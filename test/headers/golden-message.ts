import { readdirSync, readFileSync } from 'node:fs';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';

/** Where the golden messages are. */
export const goldenFolder = new URL('./golden/', import.meta.url);

/** Names of all golden messages. */
export const goldenCases: readonly string[] = readdirSync(goldenFolder)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.slice(0, -'.in.json'.length));

/** Reads a golden message's input. JSON has no bytes: files stand in it as base64. */
export function readGolden(name: string): MaskedMessage {
  const text = readFileSync(new URL(`${name}.in.json`, goldenFolder), 'utf8');
  const input = JSON.parse(text) as MaskedMessage;
  const attachments = input.content.attachments.map((each) => ({
    ...each,
    content: Buffer.from(String(each.content), 'base64'),
  }));
  return { ...input, content: { ...input.content, attachments } };
}
