import type { BounceAction } from '../../mail/bounce-class.ts';
import { recipientOf } from '../addresses.ts';
import { decidingReply } from '../deciding-reply.ts';
import { classifyFinding, type Finding } from '../finding.ts';
import { decodeHeaderText } from '../mime/encoded-words.ts';
import { firstField, type HeaderFields } from '../mime/header-fields.ts';
import { saysDelayed } from '../notice-words.ts';
import type { Notice, ReadNotice } from '../notice.ts';
import { createPassages, type Passages } from '../passages.ts';
import { readStatusGroups } from './status-fields.ts';

/** Reads delivery status notifications (RFC 3464): one result for each recipient, as its fields say. */
export function readStatusReport(notice: Notice): ReadNotice | undefined {
  const body = notice.status.length > 0 ? notice.status.join('\n\n') : looseStatus(notice.text);
  if (body === undefined) return undefined;
  const { message, recipients } = readStatusGroups(body);
  if (recipients.length === 0) return undefined;
  const passages = createPassages(notice.text);
  const envelopeId = firstField(message, 'original-envelope-id');
  return {
    kind: 'dsn',
    format: 'rfc3464',
    results: recipients.map((group) => classifyFinding(findingOf(group, notice, passages))),
    told: envelopeId === undefined ? {} : { envelopeId },
  };
}

/** Fields of a delivery status that stand in the text because the MIME around them is lost. */
function looseStatus(text: string): string | undefined {
  const at = text.search(/^(?:final|original)-recipient[ \t]{0,5}:/im);
  if (at === -1) return undefined;
  const start = text.lastIndexOf('\n\n', at);
  return text.slice(start === -1 ? 0 : start);
}

function findingOf(group: HeaderFields, notice: Notice, passages: Passages): Finding {
  const original = recipientOf(firstField(group, 'original-recipient'));
  const final = recipientOf(firstField(group, 'final-recipient'));
  const recipient = original ?? final;
  const diagnostics = (group.get('diagnostic-code') ?? []).map(diagnosticText);
  const extra = (group.get('x-supplementary-info') ?? []).map((text) => decodeHeaderText(text));
  const reply = decidingReply(diagnostics.join(' ')) ?? decidingReply(extra.join(' '));
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(firstField(group, 'status') ?? '')?.[0];
  const remoteMta = mtaName(firstField(group, 'remote-mta'));
  const enhancedCode = reply?.enhancedCode ?? status;
  return {
    ...(recipient === undefined ? {} : { recipient }),
    ...(final === undefined || final === recipient ? {} : { finalRecipient: final }),
    action: actionOf(firstField(group, 'action'), status, () =>
      saysDelayed(notice.subject, notice.flat),
    ),
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    texts: [reply?.text ?? '', ...diagnostics, ...extra, ...passages([original, final])].filter(
      (text) => text !== '',
    ),
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
