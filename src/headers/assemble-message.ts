import type { RenderedMessage } from './masked-message.ts';

/**
 * The bytes of a message for the wire: signatures, header block, empty line, body. Dots at line
 * starts are not doubled; that belongs to the transport.
 *
 * @param signatureFields complete fields, each with its final CRLF
 */
export function assembleMessage(
  rendered: RenderedMessage,
  signatureFields: readonly string[],
): Buffer {
  const head = `${signatureFields.join('')}${rendered.head}\r\n`;
  const message = Buffer.allocUnsafe(head.length + rendered.body.length);
  message.write(head, 'latin1');
  rendered.body.copy(message, head.length);
  return message;
}
