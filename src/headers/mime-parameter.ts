import { isPlainText } from './encoded-word.ts';

/** Longest value, or segment of one, that still fits a line together with its parameter's name. */
const valueMax = 56;

/**
 * Writes a parameter of a MIME field in one or several pieces, to be joined by semicolons. Plain values are quoted; others are percent-encoded UTF-8, in numbered segments where they
 * are long (RFC 2231 §3-4).
 */
export function parameterPieces(name: string, value: string): readonly string[] {
  // Quotes and backslashes are percent-encoded too: parsers disagree on their escapes.
  if (value.length <= valueMax && isPlainText(value) && !/["\\]/.test(value)) {
    return [`${name}="${value}"`];
  }
  const segments = percentSegments(value);
  if (segments.length === 1) return [`${name}*=utf-8''${segments.join('')}`];
  return segments.map((segment, index) => {
    const charset = index === 0 ? "utf-8''" : '';
    return `${name}*${index}*=${charset}${segment}`;
  });
}

function percentSegments(value: string): string[] {
  const segments: string[] = [];
  let segment = '';
  for (const character of value) {
    const unit = encodeURIComponent(character).replace(
      /['()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    // At most 12 characters a unit: a segment ends between code points, never inside one.
    if (segment.length + unit.length > valueMax) {
      segments.push(segment);
      segment = '';
    }
    segment += unit;
  }
  segments.push(segment);
  return segments;
}

/**
 * A file name for programs that know no RFC 2231: accents dropped, other characters replaced by
 * `_`, shortened from the front of its extension to fit a line.
 */
export function asciiFileName(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9 ._()+,&@-]/gu, '_');
  if (ascii.length <= valueMax) return ascii;
  const dot = ascii.lastIndexOf('.');
  const extension = dot > 0 && ascii.length - dot <= 10 ? ascii.slice(dot) : '';
  return ascii.slice(0, valueMax - extension.length) + extension;
}
