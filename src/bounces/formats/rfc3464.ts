import type { BounceAction } from '../../mail/bounce-class.ts';
import { recipientOf } from '../addresses.ts';
import { decidingReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import { decodeHeaderText } from '../mime/encoded-words.ts';
import { firstField, type HeaderFields } from '../mime/header-fields.ts';
import { saysDelayed } from '../notice-words.ts';
import type { Notice } from '../notice.ts';
import { passagesAbout } from '../passages.ts';

/** What a delivery status part says of each recipient (RFC 3464 §2.3), one finding for each group of fields. */
export function findingsOfStatus(
  groups: readonly HeaderFields[],
  told: Pick<Notice, 'text' | 'flat'>,
  subject: string,
): Finding[] {
  return groups.map((group) => findingOf(group, told, subject));
}

function findingOf(
  group: HeaderFields,
  told: Pick<Notice, 'text' | 'flat'>,
  subject: string,
): Finding {
  const original = recipientOf(firstField(group, 'original-recipient'));
  const final = recipientOf(firstField(group, 'final-recipient'));
  const recipient = original ?? final;
  const diagnostics = (group.get('diagnostic-code') ?? []).map(diagnosticText);
  const extra = (group.get('x-supplementary-info') ?? []).map((text) => decodeHeaderText(text));
  const reply = decidingReply(diagnostics.join(' ')) ?? decidingReply(extra.join(' '));
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(firstField(group, 'status') ?? '')?.[0];
  const remoteMta = mtaName(firstField(group, 'remote-mta'));
  const enhancedCode = reply?.enhancedCode ?? status;
  const passages = passagesAbout(told.text, [original, final]);
  return {
    ...(recipient === undefined ? {} : { recipient }),
    ...(final === undefined || final === recipient ? {} : { finalRecipient: final }),
    action: actionOf(firstField(group, 'action'), status, () => saysDelayed(subject, told.flat)),
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    texts: [reply?.text ?? '', ...diagnostics, ...extra, ...passages].filter((text) => text !== ''),
    ...(remoteMta === undefined ? {} : { remoteMta }),
    ...(diagnostics[0] === undefined ? {} : { diagnostic: diagnostics[0] }),
  };
}

function actionOf(
  value: string | undefined,
  status: string | undefined,
  isDelayed: () => boolean,
): BounceAction {
  const word = /[a-z]+/.exec(value?.toLowerCase() ?? '')?.[0] ?? '';
  if (word.startsWith('fail')) return 'failed';
  if (word.startsWith('delay')) return 'delayed';
  if (word.startsWith('deliver')) return 'delivered';
  if (word.startsWith('relay')) return 'relayed';
  if (word.startsWith('expand')) return 'expanded';
  if (status?.startsWith('2') === true) return 'delivered';
  return status?.startsWith('4') === true && isDelayed() ? 'delayed' : 'failed';
}

/** `smtp; 550 …` without its type. */
function diagnosticText(value: string): string {
  const semicolon = value.indexOf(';');
  const typed = semicolon !== -1 && /^\s*[\w-]{1,30}\s*$/.test(value.slice(0, semicolon));
  return decodeHeaderText(typed ? value.slice(semicolon + 1).trim() : value);
}

function mtaName(value: string | undefined): string | undefined {
  const name = value?.slice(value.indexOf(';') + 1).trim();
  return name === undefined || name === '' ? undefined : name;
}
