import type { RuleFile } from '../rule.ts';

/** One side does not understand the other. */
export const protocol: RuleFile = {
  name: 'protocol',
  kind: 'theme',
  rules: [
    {
      id: 'protocol.refused',
      class: 'policy',
      strength: 'weak',
      why: 'RFC 5321 has 500 to 504 for commands that are not understood, and 550 for those "rejected for policy reasons".',
      codes: ['550', '554'],
      enhanced: ['none', 'x.0.*', 'x.7.*'],
      phrases: ['protocol violation'],
      examples: ['550 Refused: protocol violation'],
      counterExamples: ['503 5.5.1 Protocol violation'],
    },
    {
      id: 'protocol.error',
      class: 'protocol_error',
      strength: 'weak',
      why: 'One side does not understand the other.',
      phrases: [
        '(syntax|protocol|command|commands|parameter|parameters|argument|arguments|sequence|pipelining|verb|option) *4 (error|errors|invalid|unknown|not|unrecognized|violation|unimplemented|bad|out of|disabled|unsupported|wrong|expected|missing|disallowed|out of order|required|recognized)',
        '(bad|wrong|invalid|unknown|unrecognized|unexpected|improper|unimplemented|illegal|unsupported|disallowed|incorrect|out of) *1 (sequence|command|commands|syntax|parameter|parameters|argument|arguments|verb|order|option)',
        '(need|send|expected|missing|requires|issue|before|without|give) *2 (mail|rcpt|helo|ehlo|hello|mail from|rcpt to|data)',
        '(helo|ehlo) *5 (invalid|rejected|required|not|mismatch|argument|bad|fully|must|syntax|command|first|hostname|needed|refused|error|illegal)',
        '(invalid|bad|reject|rejected|wrong|forged|fake|illegal|need) *2 (helo|ehlo)',
        '(fully qualified|fqdn)',
        '(bdat|chunking|sender already|nested mail|too many (errors|bad commands|syntax errors|unrecognized commands|invalid commands|commands))',
        '(cannot|cant|could not) decode',
      ],
      not: ['recipient', 'user'],
      examples: ['503 5.5.1 Bad sequence of commands', '550 HELO needs a fully qualified name'],
    },
  ],
};
