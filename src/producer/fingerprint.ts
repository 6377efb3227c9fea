import { createHash } from 'node:crypto';
import type { MessageContent } from '../mail/message-content.ts';
import type { CheckedSend } from './check-send.ts';

/** A digest that is equal for equal inputs, whatever the attachments weigh. */
export function fingerprintOf(checked: CheckedSend): string {
  const { content, filling, ...rest } = checked;
  if (filling === undefined) return digestOf([rest, stableContent(content)]);
  const variables = inOrder(filling.variables);
  return digestOf([rest, { ...filling, variables }, digestOfTemplate(content)]);
}

const known = new WeakMap<MessageContent, string>();

/** Many sends share the object. */
function digestOfTemplate(content: MessageContent): string {
  let digest = known.get(content);
  if (digest === undefined) {
    digest = digestOf(stableContent(content));
    known.set(content, digest);
  }
  return digest;
}

function stableContent(content: MessageContent): unknown {
  const attachments = content.attachments.map(({ content: bytes, ...each }) => ({
    ...each,
    digest: createHash('sha256').update(bytes).digest('base64'),
  }));
  return { ...content, attachments, metadata: inOrder(content.metadata) };
}

function inOrder(texts: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(texts).toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
