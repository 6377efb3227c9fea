/**
 * A text of somebody else as one line that is safe in logs and on terminals: control characters (so
 * escape sequences too), line separators and bidirectional controls, which make a line read as
 * something else, become a space.
 */
export function printableText(text: string): string {
  return text.replace(unprintable, ' ');
}

const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;
