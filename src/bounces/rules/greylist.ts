import type { RuleFile } from '../rule.ts';

/** Greylisting: the first try is refused, a later one taken. */
export const greylist: RuleFile = {
  name: 'greylist',
  kind: 'theme',
  rules: [
    {
      id: 'greylist.wait',
      class: 'greylisted',
      why: 'The server refuses the first try of an unknown sender, recipient and address, and takes a later one.',
      phrases: [
        '(delayed|deferred) *3 (first|initial) (contact|time|attempt|delivery)',
        '(dont|do not|does not|doesnt) (know|recognize) (you|this sender|this server) yet',
        '(greylist~|graylist~|postgrey|milter-greylist|sqlgrey|greypass)',
        '(grey|gray) (list|listed|listing|lists)',
        '(first|initial) (time|attempt|try|delivery|contact|message) *4 (please)? (try|retry|resend|wait|deferred|defer|delayed)',
        '(first time|firsttime) (sender|delivery|correspondent)',
        '(you are|youre) (new|unknown) (here|to us)',
        '(new|unknown|unseen|unfamiliar) (sender|triplet|host|correspondent) * (try|retry|wait|later|again|delayed)',
        '(triplet|greeting delay)',
        '(test|tests|testing) (please)? reconnect',
        '(please)? (come|try|retry|resend) *2 (back)? in # (seconds|secs|sec)',
        '(temporarily|temporary) (deferred|rejected|delayed) *4 (first|unknown|new) (time|sender)',
      ],
      not: ['(too many|rate limit|exceeded|volume|throttl~)'],
      examples: [
        '451 4.7.1 Greylisting is active here, come again in five minutes',
        '450 4.2.0 <jane@acme.example>: grey-listed, see http://help.acme.example',
      ],
    },
    {
      id: 'greylist.stranger',
      class: 'greylisted',
      why: 'The server does not know us yet and asks to come again.',
      codes: ['4xx'],
      phrases: [
        '(dont|do not|does not|doesnt) know (you|this sender|this host|this server)',
        '(not yet known|not known yet)',
        '(unknown|new) to us',
      ],
      with: ['(again|later|retry|wait|minutes|seconds|delayed)'],
      examples: ['450 4.7.1 Your host is new to us, retry in a quarter of an hour'],
    },
  ],
};
