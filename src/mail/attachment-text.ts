import { headerTextProblem } from './header-text.ts';

const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,100}";
const contentType = new RegExp(
  `^${token}/${token}(?:; ?(?!name=|boundary=)[A-Za-z0-9-]{1,60}=(?:${token}|"[ !#-\\[\\]-~]{0,100}"))*$`,
  'i',
);

/** Why a text may not be the file name of an attachment, or undefined where it may. */
export function fileNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/[/\\]/.test(name)) return 'holds a path separator';
  if (name.length > 255) return 'has over 255 characters';
  return headerTextProblem(name);
}

/**
 * Why a text may not be the MIME type of an attachment, or undefined where it may: `type/subtype`,
 * with parameters other than `name` and `boundary` (RFC 2045 §5.1), at most 200 characters.
 */
export function contentTypeProblem(text: string): string | undefined {
  if (text.length > 200) return 'has over 200 characters';
  return contentType.test(text) ? undefined : 'is no MIME type like application/pdf';
}

/**
 * Why a text may not be a content id, or undefined where it may: dot-atom characters with at most
 * one @, without angle brackets (RFC 2045 §7, RFC 5322 §3.6.4), at most 250 characters.
 */
export function contentIdProblem(text: string): string | undefined {
  const form = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+(?:@[A-Za-z0-9.-]+)?$/;
  return form.test(text) && text.length <= 250 ? undefined : 'is no content id like logo@crm';
}
