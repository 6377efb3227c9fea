import type { SmtpPhase } from './classification.ts';

/*
 * At which command a server refused, as notices tell it. What a server refuses before it heard of the mail
 * is about the sending host, whatever it says.
 */

const phases: readonly (readonly [SmtpPhase, RegExp])[] = [
  [
    'connect',
    /initial (?:connection|server greeting)|greeting failed|during greeting|in connect(?:ion)? phase|upon connect/i,
  ],
  ['ehlo', /(?:in reply to|after|>>>|during) (?:EHLO|HELO)\b|(?:EHLO|HELO) command/i],
  ['starttls', /(?:in reply to|after|>>>) STARTTLS\b/i],
  ['auth', /(?:in reply to|after|>>>) AUTH\b/i],
  [
    'mail',
    /(?:in reply to|after|>>>|during|sent:?) (?:pipelined )?MAIL ?FROM\b|sender was rejected|\[MAIL_FROM\]/i,
  ],
  [
    'rcpt',
    /(?:in reply to|after|>>>|during|sent:?) (?:pipelined )?RCPT ?TO\b|does not like recipient|\[RCPT_TO\]/i,
  ],
  [
    'dot',
    // "550 : User unknown": no address stands where this server repeats the one of RCPT, for it answers to
    // none. Phone carriers say so where a filter of the user refused.
    /in reply to end of DATA|after end of data|failed after I sent the message|\[CONTENT\]|after (?:sending )?(?:message|data) (?:content|body)|\b55\d:?(?: 5\.\d\.\d)? : user unknown/i,
  ],
  ['data', /(?:in reply to|after|>>>) (?:pipelined )?DATA\b|failed on DATA/i],
];

/**
 * The command that a text about one refusal names, or undefined.
 *
 * @param at where the reply stands: of a transcript the last command before it counts
 */
export function phaseIn(text: string, at = text.length): SmtpPhase | undefined {
  const command = text.lastIndexOf('>>> ', at);
  const named = command === -1 ? text : text.slice(command, command + 80);
  for (const [phase, words] of phases) if (words.test(named)) return phase;
  return undefined;
}
