/**
 * Freezes an object and everything in it, and returns it. Buffers stay as they are: JavaScript
 * cannot freeze them.
 */
export function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) freezeDeeply(each);
  return Object.freeze(value);
}
