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
  const { body } = rendered;
  const head = headOf(rendered, signatureFields);
  const message = Buffer.allocUnsafe(head.length + body.length);
  message.write(head, 'latin1');
  body.copy(message, head.length);
  return message;
}

/**
 * The same bytes, in the memory of the rendering where there is room in front of its body, so that the
 * body is not copied. For the last use of a rendering: assembled once more, it would write over them.
 */
export function assembleInPlace(
  rendered: RenderedMessage,
  signatureFields: readonly string[],
): Buffer {
  const { body, headRoom = 0 } = rendered;
  const head = headOf(rendered, signatureFields);
  if (head.length > headRoom) return assembleMessage(rendered, signatureFields);
  const at = body.byteOffset - head.length;
  const message = Buffer.from(body.buffer, at, head.length + body.length);
  message.write(head, 'latin1');
  return message;
}

function headOf({ head }: RenderedMessage, signatureFields: readonly string[]): string {
  return `${signatureFields.join('')}${head}\r\n`;
}
