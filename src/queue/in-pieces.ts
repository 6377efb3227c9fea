import { setImmediate as nextTurn } from 'node:timers/promises';

/** Hashing or encrypting so much takes a millisecond or two. */
const pieceBytes = 1024 * 1024;

/** Takes bytes in pieces, and lets the event loop turn between two of them. */
export async function inPieces(
  bytes: Uint8Array,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
    if (at > 0) await nextTurn();
    take(bytes.subarray(at, at + pieceBytes));
  }
}
