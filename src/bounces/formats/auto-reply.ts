import { firstField, type HeaderFields } from '../mime/header-fields.ts';

/*
 * Answers that a program gives for a person (RFC 3834), and those that ask the sender to prove that he is
 * one. Both mean that the address works.
 */

const challenge =
  /challenge[- ]response|boxbe|spam ?arrest|bluebottle|tmda|mailblocks|spamcop ?verif|knowspam|choicemail|qurb|sendio|verify (?:your|you are|that you)|confirm (?:your|that you|this) (?:message|e-?mail|mail|are)|please confirm (?:your )?(?:message|delivery)|whitelist|approved senders|sender verification|prove (?:that )?you(?:'re| are) (?:a )?human|click (?:on )?(?:the|this) link .{0,60}(?:deliver|release)/i;
const subjects =
  /^\W{0,4}(?:(?:re|aw|antw|sv|vs)\s?:\s{0,3})?(?:auto(?:matic(?:ally)?|mated)?[ -]?(?:re(?:ply|sponse|spond)|generated|antwort|matische)|auto:|autoreply|auto-?antwort|automatische|out of (?:the )?office|out of town|abwesen|away from|i(?:'| a)m (?:away|out)|away (?:until|till|from)|vacation|on (?:vacation|holiday|leave)|holiday|urlaub|absen[ct]|r[ée]ponse automatique|risposta automatica|respuesta autom|resposta autom|fuera de (?:la )?oficina|afwezig|avtomatisk|autosvar|frånvaro|fravær|poissa|automatyczna odp|nieobecn|автоответ|不在|自動(?:返信|応答)|自动(?:回复|答复))/i;

/** What a program answered for a person, or undefined where the mail is no such answer. */
export function autoReplyKind(
  fields: HeaderFields,
  subject: string,
  text: string,
): 'auto-reply' | 'challenge-response' | undefined {
  const submitted = firstField(fields, 'auto-submitted')?.toLowerCase() ?? '';
  const marked =
    submitted.startsWith('auto-replied') ||
    fields.has('x-autoreply') ||
    fields.has('x-autorespond') ||
    fields.has('x-autoresponse') ||
    fields.has('x-auto-reply-from') ||
    fields.has('x-mail-autoreply') ||
    /^auto/i.test(firstField(fields, 'precedence') ?? '') ||
    /auto_?repl/i.test(firstField(fields, 'precedence') ?? '');
  if (challenge.test(subject) || (marked && challenge.test(text.slice(0, 4_000)))) {
    return 'challenge-response';
  }
  if (marked || subjects.test(subject)) return 'auto-reply';
  return challenge.test(text.slice(0, 4_000)) && /^re:/i.test(subject)
    ? 'challenge-response'
    : undefined;
}
