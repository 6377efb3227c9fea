/**
 * Why a text may not be the body of a message, or undefined where it may. NUL is refused because
 * servers cut or drop such lines (RFC 5322 §3.5 leaves it out of text), half a surrogate pair because
 * it has no UTF-8 form: the reader would see another text than the one given.
 */
export function bodyTextProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair';
}
