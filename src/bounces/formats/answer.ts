import { firstAddress } from '../addresses.ts';
import { firstField, type HeaderFields } from '../mime/header-fields.ts';
import type { Notice, ReadNotice } from '../notice.ts';
import { isDaemon, isNoticeSubject, speaksOfDelivery } from '../notice-words.ts';

/*
 * Answers that a program gives for a person (RFC 3834), and those that ask the sender to prove that he is
 * one. Both mean that the address works.
 */

const challenge =
  /challenge[- ]response|boxbe|spam ?arrest|bluebottle|tmda|mailblocks|spamcop ?verif|knowspam|choicemail|qurb|sendio|verify (?:your|you are|that you)|confirm (?:your|that you|this) (?:message|e-?mail|mail|are)|please confirm (?:your )?(?:message|delivery)|whitelist|approved senders|sender verification|prove (?:that )?you(?:'re| are) (?:a )?human|click (?:on )?(?:the|this) link .{0,60}(?:deliver|release)/i;
const subjects =
  /^\W{0,4}(?:(?:re|aw|antw|sv|vs)\s?:\s{0,3})?(?:auto(?:matic(?:ally)?|mated)?[ -]?(?:re(?:ply|sponse|spond)|generated|antwort|matische)|auto:|autoreply|auto-?antwort|automatische|out of (?:the )?office|out of town|abwesen|away from|i(?:'| a)m (?:away|out)|away (?:until|till|from)|vacation|on (?:vacation|holiday|leave)|holiday|urlaub|absen[ct]|r[ée]ponse automatique|risposta automatica|respuesta autom|resposta autom|fuera de (?:la )?oficina|afwezig|avtomatisk|autosvar|frånvaro|fravær|poissa|automatyczna odp|nieobecn|автоответ|不在|自動(?:返信|応答)|自动(?:回复|答复))/i;

/** Reads what a program answered for a person. */
export function readAnswer(notice: Notice): ReadNotice | undefined {
  const { fields, from, subject, flat } = notice;
  const marked = isMarked(fields);
  if (isDaemon(from)) return undefined;
  if (isNoticeSubject(subject) && (!marked || speaksOfDelivery(flat))) return undefined;
  const text = flat.slice(0, 4_000);
  if (challenge.test(subject) || ((marked || /^re:/i.test(subject)) && challenge.test(text))) {
    return answer('challenge-response', from);
  }
  if (marked || subjects.test(subject)) return answer('auto-reply', from);
  // Nobody writes with an empty return path himself.
  const nullPath = firstField(fields, 'return-path') === '<>';
  return nullPath && notice.contentType.reportType === undefined && !speaksOfDelivery(flat)
    ? answer('auto-reply', from)
    : undefined;
}

/** Whether its header says that a program wrote it. */
function isMarked(fields: HeaderFields): boolean {
  const submitted = firstField(fields, 'auto-submitted')?.toLowerCase() ?? '';
  return (
    submitted.startsWith('auto-replied') ||
    marks.some((name) => fields.has(name)) ||
    /^auto/i.test(firstField(fields, 'precedence') ?? '')
  );
}

const marks = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponse',
  'x-auto-reply-from',
  'x-autoreply-from',
  'x-mail-autoreply',
];

function answer(kind: 'auto-reply' | 'challenge-response', from: string): ReadNotice {
  const recipient = firstAddress(from);
  const verdict = kind === 'auto-reply' ? 'auto_reply' : 'challenge_response';
  return {
    kind,
    format: kind,
    findings: [{ ...(recipient === undefined ? {} : { recipient }), action: 'none', verdict }],
  };
}
