import type { BounceAction } from '../../mail/bounce-class.ts';
import { decidingReply, deferralIn, shownReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import { firstField } from '../mime/header-fields.ts';
import { recipientsIn } from '../named-recipients.ts';
import type { Notice, ReadNotice } from '../notice.ts';
import { isDaemon, isNoticeSubject, saysDelayed, speaksOfDelivery } from '../notice-words.ts';
import { createPassages } from '../passages.ts';
import { phaseIn } from '../reply-phase.ts';

/** Reads bounces of servers that write no DSN, whatever their layout; also the bare text of one. */
export function readFreeForm(notice: Notice): ReadNotice | undefined {
  const recipients = recipientsIn(notice, notice.text);
  if (!looksLikeBounce(notice, recipients.length > 0)) return undefined;
  const action: BounceAction = saysDelayed(notice.subject, notice.flat) ? 'delayed' : 'failed';
  const passages = createPassages(notice.text, recipients);
  const about = recipients.length === 0 ? [undefined] : recipients;
  const isOnly = about.length === 1;
  return {
    kind: 'free-form',
    format: 'free-form',
    findings: about.map((each) => findingAbout(each, passages([each]), isOnly, action)),
  };
}

/** One sign is not enough: people write about bounces, and mail systems about other things. */
function looksLikeBounce(notice: Notice, isAnyoneNamed: boolean): boolean {
  const { fields, contentType, from, subject, text, flat } = notice;
  if (fields.has('x-failed-recipients') || contentType.reportType === 'delivery-status')
    return true;
  const daemon = isDaemon(from);
  const titled = isNoticeSubject(subject);
  if (daemon && titled) return true;
  const isReplyQuoted = decidingReply(text) !== undefined;
  const speaks = isReplyQuoted || speaksOfDelivery(flat);
  if (daemon || firstField(fields, 'return-path') === '<>') return speaks;
  // From here on it may be a person, who writes about a bounce or answers to one, or a parcel service.
  if (/^(?:re|aw|sv|antw|fwd?|wg|tr|rv)\s?:/i.test(subject)) return false;
  return (titled || fields.size === 0) && speaks && (isAnyoneNamed || isReplyQuoted);
}

/** @param about passages about the recipient, the whole text last */
function findingAbout(
  recipient: string | undefined,
  about: readonly string[],
  isOnly: boolean,
  action: BounceAction,
): Finding {
  const near = about.length > 1 ? about.slice(0, -1).join('\n') : (about[0] ?? '');
  // What is said before the only recipient is named is about it as well.
  const reply = decidingReply(near) ?? (isOnly ? decidingReply(about.at(-1) ?? '') : undefined);
  const phase = phaseIn(near, decidingReply(near)?.at);
  return {
    ...(recipient === undefined ? {} : { recipient }),
    action,
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(reply?.enhancedCode === undefined ? {} : { enhancedCode: reply.enhancedCode }),
    ...(phase === undefined ? {} : { phase }),
    ...(reply === undefined ? {} : { diagnostic: shownReply(reply) }),
    texts: [
      reply?.text ?? deferralIn(near),
      ...(reply === undefined ? about : about.slice(0, -1)),
    ].filter((each) => each !== ''),
  };
}
