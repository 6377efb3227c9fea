import { readDomain } from '../mail/address.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import type { Problem } from '../runtime/errors.ts';
import type { BulkFields } from './bulk-fields.ts';

/** Longest URI in a List-… field: it cannot be folded, and a line has at most 998 octets. */
const uriMax = 900;

/** What keeps the fields of a sequence or a campaign from being written, empty where nothing does. */
export function bulkProblems(bulk: BulkFields): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, message: string | undefined): void => {
    if (message !== undefined) problems.push({ field: `bulk.${field}`, message });
  };
  const { unsubscribeMailto, help, listId } = bulk;
  add('unsubscribeUrl', uriProblem(bulk.unsubscribeUrl, ['https:']));
  if (unsubscribeMailto !== undefined) {
    add('unsubscribeMailto', uriProblem(unsubscribeMailto, ['mailto:']));
  }
  if (help !== undefined) add('help', uriProblem(help, ['https:', 'mailto:']));
  add('listId.id', readDomain(listId.id) === listId.id ? undefined : 'is no id like a host name');
  if (listId.name !== undefined) add('listId.name', headerTextProblem(listId.name));
  add('feedbackId', feedbackProblem(bulk.feedbackId));
  return problems;
}

function uriProblem(uri: string, schemes: readonly string[]): string | undefined {
  if (uri.length > uriMax) return `has over ${uriMax} characters`;
  // Angle brackets and white space would end the URI within the field, quotes confuse its readers.
  if (!/^[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(uri)) {
    return 'holds characters that a URI has to escape';
  }
  if (uri.includes('=?')) return 'looks like an encoded-word';
  if (!URL.canParse(uri) || !schemes.includes(new URL(uri).protocol)) {
    return `is no URI that begins with ${schemes.join(' or ')}`;
  }
  return undefined;
}

function feedbackProblem(feedbackId: BulkFields['feedbackId']): string | undefined {
  if (feedbackId.length !== 4 || !feedbackId.every((part) => /^[A-Za-z0-9._-]{1,60}$/.test(part))) {
    return 'must be four texts of 1 to 60 letters, digits, dots, hyphens or underscores';
  }
  const length = feedbackId[3].length;
  return length < 5 || length > 15
    ? 'ends in a SenderId that has not 5 to 15 characters'
    : undefined;
}
