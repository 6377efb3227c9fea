import type { Attachment } from '../mail/message-content.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { shapeOf } from '../runtime/shape.ts';
import type { ProblemList } from './problem-list.ts';

const knownFields = ['filename', 'content', 'encoding', 'contentType', 'contentId'];
const mimeType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/i;
const contentIdPattern = /^[A-Za-z0-9._%+-]{1,100}(?:@[A-Za-z0-9.-]{1,100})?$/;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
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
  const givenType = source['contentType'] ?? 'application/octet-stream';
  const contentType = typeof givenType === 'string' ? givenType.toLowerCase() : '';
  if (!mimeType.test(contentType)) {
    problems.add(`${field}.contentType`, 'must be a MIME type like application/pdf, no parameters');
  } else if (/^(?:multipart|message)\//.test(contentType)) {
    problems.add(`${field}.contentType`, 'multipart and message types cannot be attached as bytes');
  }
  const contentId = source['contentId'];
  if (
    contentId !== undefined &&
    (typeof contentId !== 'string' || !contentIdPattern.test(contentId))
  ) {
    problems.add(`${field}.contentId`, 'must be like logo or logo@acme.example');
  }
  if (filename === undefined || content === undefined) return undefined;
  const base = { filename, contentType, content };
  return typeof contentId === 'string'
    ? { ...base, disposition: 'inline', contentId }
    : { ...base, disposition: 'attachment' };
}

function checkFilename(value: unknown, field: string, problems: ProblemList): string | undefined {
  if (typeof value !== 'string' || value === '') {
    problems.add(field, `must be a name, is ${shapeOf(value)}`);
    return undefined;
  }
  const problem =
    value.length > 200
      ? 'has over 200 characters'
      : /[/\\]/.test(value)
        ? 'holds a path separator; give the bare name'
        : headerTextProblem(value);
  if (problem === undefined) return value;
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
  if (!base64Pattern.test(compact)) {
    problems.add(`${field}.content`, 'is not valid base64');
    return undefined;
  }
  return Buffer.from(compact, 'base64');
}
