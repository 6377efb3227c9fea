import type { BounceClass } from '../../mail/bounce-class.ts';
import { findAddresses, firstAddress, recipientOf } from '../addresses.ts';
import type { RecipientNotice } from '../classification.ts';
import { fixed } from '../finding.ts';
import { firstField, type HeaderFields, readHeaderFields } from '../mime/header-fields.ts';

/*
 * Feedback reports (RFC 5965). A person complains only where the report says so: a report of failed
 * authentication (RFC 6591) is about our keys, `not-spam` takes a complaint back.
 */

/** What a type of feedback means. Of an unknown type the careful reading: a complaint. */
const classes: ReadonlyMap<string, BounceClass> = new Map([
  ['abuse', 'complaint'],
  ['fraud', 'complaint'],
  ['opt-out', 'complaint'],
  ['opt-out-list', 'complaint'],
  ['other', 'complaint'],
  ['miscategorized', 'complaint'],
  ['virus', 'virus'],
  ['not-spam', 'not_a_bounce'],
  ['auth-failure', 'auth_failed'],
  ['dmarc', 'auth_failed'],
  ['dkim', 'auth_failed'],
  ['spf', 'auth_failed'],
]);

/** A feedback report: its fields, and what it says of each recipient. */
export interface FeedbackReading {
  readonly fields: HeaderFields;
  readonly results: readonly RecipientNotice[];
}

/** Reads a message/feedback-report part; `returned` is the header of the mail that is complained of. */
export function readFeedback(body: string, returned: HeaderFields): FeedbackReading {
  const start = Math.max(0, body.search(/\S/));
  const { fields } = readHeaderFields(body, start, body.length);
  const type =
    firstField(fields, 'feedback-type')
      ?.toLowerCase()
      .replace(/[^a-z-].*$/, '') ?? 'abuse';
  return { fields, results: complaintResults(classes.get(type) ?? 'complaint', fields, returned) };
}

/** One result for each recipient that the report or the returned mail names. */
export function complaintResults(
  name: BounceClass,
  fields: HeaderFields,
  returned: HeaderFields,
): RecipientNotice[] {
  const told = [
    ...(fields.get('original-rcpt-to') ?? []),
    ...(fields.get('removal-recipient') ?? []),
    ...(returned.get('x-hmxmroriginalrecipient') ?? []),
  ].map((value) => recipientOf(value) ?? firstAddress(value));
  const known = told.filter((address) => address !== undefined);
  const recipients =
    known.length > 0
      ? known
      : findAddresses(firstField(returned, 'to') ?? '').map(({ address }) => address);
  const unique = [...new Set(recipients)];
  const said = fixed(name, 'none');
  return unique.length === 0 ? [said] : unique.map((recipient) => ({ ...said, recipient }));
}
