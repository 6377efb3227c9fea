import { readAddress } from '../../mail/address.ts';
import type { BounceAction } from '../../mail/bounce-class.ts';
import { recipientOf } from '../addresses.ts';
import { decidingReply, deferralIn } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import { decodeHeaderText } from '../mime/encoded-words.ts';
import { firstField, type HeaderFields } from '../mime/header-fields.ts';
import { saysDelayed } from '../notice-words.ts';
import { recipientsIn } from '../named-recipients.ts';
import type { Notice, ReadNotice } from '../notice.ts';
import { createPassages, type Passages } from '../passages.ts';
import { phaseIn } from '../reply-phase.ts';
import { readStatusGroups } from './status-fields.ts';

/** Reads delivery status notifications (RFC 3464): one finding for each recipient, as its fields say. */
export function readStatusReport(notice: Notice): ReadNotice | undefined {
  const { body, told } =
    notice.status.length > 0
      ? { body: notice.status.join('\n\n'), told: notice.text }
      : looseStatus(notice.text);
  const { message, recipients } = readStatusGroups(body);
  if (recipients.length === 0) return undefined;
  const named = recipients.length > 1 ? [] : recipientsIn(notice, told);
  const alone = named.length === 1 ? named[0] : undefined;
  const passages = createPassages(told, [alone, ...recipients.flatMap(addressesOf)]);
  const envelopeId = firstField(message, 'original-envelope-id');
  return {
    kind: 'dsn',
    format: 'rfc3464',
    findings: recipients.map((group) => {
      const triedMs = triedOf(message, group, notice);
      const finding = findingOf(group, notice, passages, alone);
      return triedMs === undefined ? finding : { ...finding, triedMs };
    }),
    told: envelopeId === undefined ? {} : { envelopeId },
  };
}

function addressesOf(group: HeaderFields): (string | undefined)[] {
  return ['original-recipient', 'final-recipient'].map((name) =>
    recipientOf(firstField(group, name)),
  );
}

/** Fields of a delivery status that stand in the text because the MIME around them is lost. */
function looseStatus(text: string): { readonly body: string; readonly told: string } {
  const at = text.search(/^(?:final|original)-recipient[ \t]{0,5}:/im);
  if (at === -1) return { body: '', told: text };
  const start = Math.max(0, text.lastIndexOf('\n\n', at));
  return { body: text.slice(start), told: text.slice(0, start) };
}

/** @param alone the recipient where the fields name none and no other is meant */
function findingOf(
  group: HeaderFields,
  notice: Notice,
  passages: Passages,
  alone: string | undefined,
): Finding {
  const [original, final] = addressesOf(group);
  // Some servers lose the quotes of a local part where they repeat what was asked for.
  const isWhole = original !== undefined && readAddress(original).ok;
  const recipient = (isWhole ? original : (final ?? original)) ?? alone;
  const diagnostics = (group.get('diagnostic-code') ?? []).map(diagnosticText);
  const extra = (group.get('x-supplementary-info') ?? []).map((text) => decodeHeaderText(text));
  const reply = decidingReply(diagnostics.join('\n')) ?? decidingReply(extra.join('\n'));
  const [status, comment] = statusOf(firstField(group, 'status') ?? '');
  const remoteMta = mtaName(firstField(group, 'remote-mta'));
  // What the server answered counts for more than what is made of it.
  const agrees =
    reply?.code === undefined || status?.startsWith(String(reply.code)[0] ?? '') === true;
  const enhancedCode = reply?.enhancedCode ?? (agrees ? status : undefined);
  const about = passages([recipient, final]);
  const near = about.slice(0, -1).join('\n');
  const phase = phaseIn(diagnostics.join('\n')) ?? phaseIn(near, decidingReply(near)?.at);
  const action = actionOf(group, status, notice);
  return {
    ...(recipient === undefined ? {} : { recipient }),
    ...(final === undefined || final === recipient ? {} : { finalRecipient: final }),
    action,
    ...(action === 'failed' || action === 'delayed' ? {} : { verdict: 'delivered' as const }),
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    ...(phase === undefined ? {} : { phase }),
    texts: [
      reply?.text ?? deferralIn(near),
      ...(reply?.isDeep === true
        ? []
        : [
            ...diagnostics,
            ...extra,
            comment,
            ...(reply === undefined ? about : about.slice(0, -1)),
          ]),
    ].filter((text) => /\p{L}{2}/u.test(text)),
    ...(remoteMta === undefined ? {} : { remoteMta }),
    ...(diagnostics[0] === undefined ? {} : { diagnostic: diagnostics[0] }),
  };
}

/** From the arrival of the mail to the last attempt, or else to the notice; undefined where that is not told. */
function triedOf(
  message: HeaderFields,
  group: HeaderFields,
  { fields }: Notice,
): number | undefined {
  const last = firstField(group, 'last-attempt-date') ?? firstField(fields, 'date') ?? '';
  const tried = Date.parse(last) - Date.parse(firstField(message, 'arrival-date') ?? '');
  return tried >= 0 ? tried : undefined;
}

/** `5.1.1 (mailbox unknown)`: the code and what is said of it. */
function statusOf(value: string): [status: string | undefined, comment: string] {
  const match = /([245]\.\d{1,3}\.\d{1,3})[\s(]{0,5}([^)]{0,500})/.exec(value);
  return [match?.[1], match?.[2] ?? ''];
}

function actionOf(group: HeaderFields, status: string | undefined, notice: Notice): BounceAction {
  const value = firstField(group, 'action')?.toLowerCase() ?? '';
  const word = /[a-z]+/.exec(value)?.[0] ?? '';
  if (word.startsWith('fail')) return 'failed';
  if (word.startsWith('delay')) return 'delayed';
  if (word.startsWith('deliver')) return 'delivered';
  if (word.startsWith('relay')) return 'relayed';
  if (word.startsWith('expand')) return 'expanded';
  if (status?.startsWith('2') === true) return 'delivered';
  const late = status?.startsWith('4') === true && saysDelayed(notice.subject, notice.flat);
  return late ? 'delayed' : 'failed';
}

/** `smtp; 550 …` without its type. */
function diagnosticText(value: string): string {
  const semicolon = value.indexOf(';');
  const typed = semicolon !== -1 && /^\s*[\w-]{1,30}\s*$/.test(value.slice(0, semicolon));
  const text = decodeHeaderText(typed ? value.slice(semicolon + 1).trim() : value);
  // The program that should have taken the mail left nothing but this.
  return /^\s*x-unix/i.test(value) && /^\d{1,3}$/.test(text)
    ? (exitWords.get(text) ?? `mailer exit status ${text}`)
    : text;
}

/** What sendmail says for exit statuses (sysexits.h) that tell more than that a program failed. */
const exitWords: ReadonlyMap<string, string> = new Map([
  ['67', 'User unknown'],
  ['68', 'Host unknown'],
  ['77', 'Insufficient permission'],
]);

function mtaName(value: string | undefined): string | undefined {
  const name = value?.slice(value.indexOf(';') + 1).trim();
  return name === undefined || name === '' ? undefined : name;
}
