import type { RuleFile } from '../rule.ts';

/** iCloud. */
export const apple: RuleFile = {
  name: 'apple',
  kind: 'provider',
  provider: 'apple',
  signatures: ['(icloud|apple|me com|mac com)'],
  rules: [
    {
      id: 'apple.local-policy',
      class: 'policy',
      why: 'iCloud refuses the message without saying what of it.',
      phrases: ['cs01'],
      examples: ['550 5.7.1 [CS01] Not taken here, see https://support.apple.com'],
    },
    {
      id: 'apple.inactive',
      class: 'user_unknown',
      why: 'iCloud says so of addresses that are there no more.',
      phrases: ['inactive email address'],
      examples: ['550 5.1.1 <jane@acme.example>: inactive email address'],
    },
    {
      id: 'apple.service',
      class: 'remote_system_error',
      why: 'iCloud cannot take the mail now.',
      signed: true,
      phrases: ['service unavailable try again later'],
      codes: ['4xx'],
      examples: ['451 4.7.1 Service unavailable - try again later. [icloud.com]'],
    },
  ],
};
