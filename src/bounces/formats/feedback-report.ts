import type { BounceClass } from '../../mail/bounce-class.ts';
import { findAddresses, firstAddress, recipientOf } from '../addresses.ts';
import {
  firstField,
  type HeaderFields,
  noFields,
  readHeaderFields,
} from '../mime/header-fields.ts';
import type { Notice, ReadNotice } from '../notice.ts';

/*
 * Complaints: feedback reports (RFC 5965), and those of providers that hand the mail back without one. A
 * person complains only where the report says so: a report of failed authentication (RFC 6591) is about
 * our keys, `not-spam` takes a complaint back.
 */

/** What a type of feedback means. An unknown type is taken for a complaint: the careful reading. */
const classes: ReadonlyMap<string, BounceClass> = new Map([
  ['virus', 'virus'],
  ['not-spam', 'not_a_bounce'],
  ['auth-failure', 'auth_failed'],
  ['dmarc', 'auth_failed'],
  ['dkim', 'auth_failed'],
  ['spf', 'auth_failed'],
]);

const complainers = /^(?:scomp|fbl|feedback(?:-?loop)?|staff|abuse|spam|complaints?)@|spamcop/i;
const subjects =
  /complaint about (?:message|mail|e-?mail|your)|(?:spam|abuse|junk|e-?mail feedback|feedback loop) (?:report|complaint|notification|submission)|\[spamcop|reported as (?:spam|junk)/i;

/** Reads complaints of people and other feedback on a mail. */
export function readFeedbackReport(notice: Notice): ReadNotice | undefined {
  const { feedback, returned, fields } = notice;
  const report = feedback ?? looseReport(notice.text);
  if (report !== undefined) return readReport(report, returned);
  // Apple's button to unsubscribe answers by mail where the list has no better way.
  if (fields.has('x-apple-unsubscribe')) {
    return complaint('unsubscribe', noFields, returned, firstAddress(notice.from));
  }
  if (returned.has('x-hmxmroriginalrecipient')) return complaint('jmrp', noFields, returned);
  const address = firstAddress(notice.from) ?? '';
  return returned.size > 0 && complainers.test(address) && subjects.test(notice.subject)
    ? complaint('complaint', noFields, returned)
    : undefined;
}

function readReport(body: string, returned: HeaderFields): ReadNotice {
  const { fields } = readHeaderFields(body, Math.max(0, body.search(/\S/)), body.length);
  const type = firstField(fields, 'feedback-type')?.toLowerCase() ?? '';
  const name = classes.get(/^[a-z-]*/.exec(type)?.[0] ?? '') ?? 'complaint';
  const returnPath = firstAddress(firstField(fields, 'original-mail-from') ?? '');
  const envelopeId = firstField(fields, 'original-envelope-id');
  return {
    ...complaint('arf', fields, returned, undefined, name),
    told: {
      ...(returnPath === undefined ? {} : { returnPath }),
      ...(envelopeId === undefined ? {} : { envelopeId }),
    },
  };
}

/** One result for each recipient that the report or the returned mail names. */
function complaint(
  format: string,
  fields: HeaderFields,
  returned: HeaderFields,
  complainer?: string,
  name: BounceClass = 'complaint',
): ReadNotice {
  const told = [
    ...(fields.get('original-rcpt-to') ?? []),
    ...(fields.get('removal-recipient') ?? []),
    ...(returned.get('x-hmxmroriginalrecipient') ?? []),
  ].map((value) => recipientOf(value) ?? firstAddress(value));
  const known = [complainer, ...told].filter((address) => address !== undefined);
  const recipients =
    known.length > 0
      ? known
      : findAddresses(firstField(returned, 'to') ?? '', 50).map(({ address }) => address);
  const said = { action: 'none', verdict: name } as const;
  const findings = [...new Set(recipients)].map((recipient) => ({ ...said, recipient }));
  return { kind: 'feedback-report', format, findings: findings.length === 0 ? [said] : findings };
}

/** Fields of a feedback report that stand in the text because the MIME around them is lost. */
function looseReport(text: string): string | undefined {
  const at = text.search(/^feedback-type[ \t]{0,5}:[ \t]{0,5}[a-z]/im);
  return at === -1 ? undefined : text.slice(Math.max(0, text.lastIndexOf('\n\n', at)));
}
