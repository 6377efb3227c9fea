/** A value of the engine as Liquid writes it: a text, a number, a truth, nothing, or a list of them. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('');
  return value === undefined || value === null ? '' : `${value as string | number | boolean}`;
}
