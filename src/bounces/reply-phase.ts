import type { SmtpPhase } from './classification.ts';

/*
 * At which command a server refused, as notices tell it. What a server refuses before it heard of the mail
 * is about the sending host, whatever it says.
 */

const phases: readonly (readonly [SmtpPhase, RegExp])[] = [
  [
    'connect',
    /initial (?:connection|server greeting)|after connect(?:ion)?\b|greeting failed|during greeting|in connect(?:ion)? phase|upon connect/i,
  ],
  [
    'ehlo',
    /(?:in reply to|after|>>>|during|at) (?:EHLO|HELO)\b|(?:EHLO|HELO) command|>>> (?:EHLO|HELO)/i,
  ],
  ['starttls', /(?:in reply to|after|>>>) STARTTLS/i],
  ['auth', /(?:in reply to|after|>>>) AUTH\b/i],
  [
    'mail',
    /(?:in reply to|after|>>>|during|at|sent:?) (?:pipelined )?MAIL(?: ?FROM)?\b|sender was rejected|\[MAIL_FROM\]/i,
  ],
  [
    'rcpt',
    /(?:in reply to|after|>>>|during|at|sent:?) (?:pipelined )?RCPT(?: ?TO)?\b|does not like recipient|\[RCPT_TO\]/i,
  ],
  [
    'dot',
    /in reply to end of DATA|after end of data|failed after I sent the message|\[CONTENT\]|DATA ?END|after (?:sending )?(?:message|data) (?:content|body)/i,
  ],
  ['data', /(?:in reply to|after|>>>|at) (?:pipelined )?DATA\b|failed on DATA/i],
];

/** The last command that a text about one refusal names, or undefined. */
export function phaseIn(text: string): SmtpPhase | undefined {
  for (const [phase, words] of phases) if (words.test(text)) return phase;
  return undefined;
}
