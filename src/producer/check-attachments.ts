import type { Attachment } from '../mail/message-content.ts';
import { contentIdProblem, contentTypeProblem, fileNameProblem } from '../mail/attachment-text.ts';
import { shapeOf } from '../runtime/shape.ts';
import type { ProblemList } from './problem-list.ts';

const knownFields = ['filename', 'content', 'encoding', 'contentType', 'contentId'];
const countMax = 100;

/** Reads the attachments, noting what is wrong with each. */
export function checkAttachments(value: unknown, problems: ProblemList): Attachment[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add('attachments', `must be a list, is ${shapeOf(value)}`);
    return [];
  }
  if (value.length > countMax) {
    problems.add('attachments', `has ${value.length} entries, at most ${countMax} are allowed`);
    return [];
  }
  return value.flatMap(
    (each: unknown, index) => checkAttachment(each, `attachments[${index}]`, problems) ?? [],
  );
}

function checkAttachment(
  value: unknown,
  field: string,
  problems: ProblemList,
): Attachment | undefined {
  if (typeof value !== 'object' || value === null) {
    problems.add(field, `must be an object with filename and content, is ${shapeOf(value)}`);
    return undefined;
  }
  const source = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(source)) {
    if (!knownFields.includes(name)) {
      problems.add(`${field}.${name}`, 'is no field of an attachment; give its bytes in content');
    }
  }
  const filename = checkFilename(source['filename'], `${field}.filename`, problems);
  const content = checkContent(source['content'], source['encoding'], field, problems);
  const contentType = checkText(source['contentType'], 'application/octet-stream', (text) =>
    // A multipart cannot be given as bytes: its encoding must be seen through.
    /^multipart\//i.test(text) ? 'cannot be attached' : contentTypeProblem(text),
  );
  const contentId = checkText(source['contentId'], '', contentIdProblem);
  if (!contentType.ok) problems.add(`${field}.contentType`, contentType.problem);
  if (!contentId.ok) problems.add(`${field}.contentId`, contentId.problem);
  if (filename === undefined || content === undefined || !contentType.ok || !contentId.ok) {
    return undefined;
  }
  const base = { filename, contentType: contentType.text, content };
  return contentId.text === ''
    ? { ...base, disposition: 'attachment' }
    : { ...base, disposition: 'inline', contentId: contentId.text };
}

/** An optional text: the fallback where there is none, else the text if nothing is wrong with it. */
function checkText(
  value: unknown,
  fallback: string,
  problemOf: (text: string) => string | undefined,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string } {
  if (value === undefined) return { ok: true, text: fallback };
  const problem =
    typeof value === 'string' ? problemOf(value) : `must be a text, is ${shapeOf(value)}`;
  return problem === undefined ? { ok: true, text: value as string } : { ok: false, problem };
}

function checkFilename(value: unknown, field: string, problems: ProblemList): string | undefined {
  const problem =
    typeof value === 'string' ? fileNameProblem(value) : `must be a name, is ${shapeOf(value)}`;
  if (problem === undefined) return value as string;
  problems.add(field, problem);
  return undefined;
}

function checkContent(
  content: unknown,
  encoding: unknown,
  field: string,
  problems: ProblemList,
): Uint8Array | undefined {
  if (encoding !== undefined && encoding !== 'utf8' && encoding !== 'base64') {
    problems.add(`${field}.encoding`, 'must be utf8 or base64');
    return undefined;
  }
  // Not instanceof: bytes may come from another realm.
  if (ArrayBuffer.isView(content)) {
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  }
  if (typeof content !== 'string') {
    problems.add(`${field}.content`, `must be bytes or a text, is ${shapeOf(content)}`);
    return undefined;
  }
  if (encoding !== 'base64') return Buffer.from(content);
  const compact = content.replace(/\s+/g, '');
  const bytes = Buffer.from(compact, 'base64');
  // Node skips what is no base64; a pattern over 20 MB of text would exhaust its stack.
  if (bytes.toString('base64') === compact) return bytes;
  problems.add(`${field}.content`, 'is not valid base64');
  return undefined;
}
