import { isMessageId, type MessageId } from './ids.ts';

/** The Message-ID field value of a message: `<messageId@host>` (RFC 5322 §3.6.4). */
export function formatMessageId(messageId: MessageId, host: string): string {
  return `<${messageId}@${host}>`;
}

/** Our message id in a Message-ID field value, or undefined where the left side is not ours. */
export function parseMessageId(value: string): MessageId | undefined {
  const match = /<([^<>@\s]+)@[^<>@\s]+>/.exec(value);
  const left = match?.[1]?.toLowerCase();
  return isMessageId(left) ? left : undefined;
}
