import type { RuleFile } from '../rule.ts';

/** The mailbox exists but takes no mail: disabled, suspended, unused. */
export const inactive: RuleFile = {
  name: 'inactive',
  kind: 'theme',
  rules: [
    {
      id: 'inactive.mailbox',
      class: 'mailbox_inactive',
      why: 'The server knows the mailbox and says that it is switched off.',
      phrases: [
        '(account|mailbox|user) *3 (on|vacation) hold',
        '(account|mailbox|user|recipient|address) *2 not (allowed|permitted|able|enabled) to (receive|accept|get)',
        '(mailbox|account|inbox) (is)? not accepting',
        '@ (does not|doesnt|do not|dont) accept (any)? (mail|email|messages)',
        '{mailbox} *4 {inactive}',
        '@ (is|was|has been|currently)? (currently|temporarily)? (disabled|inactive|suspended|deactivated|locked|closed|cancelled|terminated|discontinued|expired|dormant)',
        '(disabled|inactive|suspended|deactivated|closed|locked|frozen|expired|dormant|terminated) (recipient|user|mailbox|account|inbox|address|email|mail|customer|login)? (recipient|mailbox|account|inbox|address|user|email)',
        '(mailbox|account|user) disabled',
        // It was valid once, so this is no address that nobody ever had.
        '(@|{mailbox}) (is|are) no longer valid',
        '(not|no longer) (accepting|receiving|accepts|accept|taking) (any)? (new)? (mail|email|messages|emails|mails) (for|at) (this|that) (user|account|mailbox|address|recipient)',
        '(user|recipient|account|mailbox|address) *3 (not|no longer|doesnt|does not) (currently)? (accepting|receiving|accepts|accept|taking|receive) (any)? (new|more|further)? (mail|email|messages|emails|mails|message)',
        '(accountdisabled|userdisabled|mailboxdisabled|disableduser|mailboxinactive|accountsuspended|inactiveuser)',
        '(account|mailbox|user|recipient|service) * (nonpayment|non payment|unpaid|billing)',
        '(account|mailbox|user) * (has not|hasnt) (logged|been used|been accessed|been activated)',
        'delivery to (this|the) (mailbox|account|user) (is|has been)? (suspended|disabled|stopped)',
        '(account|mailbox|address) (has been|was|is)? (closed|deleted|removed)',
        'domain *4 (suspended|disabled|deactivated|on hold|expired|parked)',
        'receiving mail (is)? (disabled|suspended)',
      ],
      not: [
        '(sender|senders|from|sending) (address|account|domain|user|mailbox)? *3 (disabled|inactive|suspended|blocked|locked|banned)',
        '(ip|host|spam|message|content|attachment|client|virus|policy|rbl|reputation) *4 (blocked|expired|deleted)',
        'blocked (by|using|because|due|for)',
        '(accepting|receiving|accepts|accept|taking|receive) (any)? (mail|email|messages) from',
        '(message|mail|email|connection) (was|has been|is)? (blocked|deleted|expired)',
        '(recipient|you) (has|have) blocked',
        '(blocked|banned) (sender|senders|by)',
        'your (account|mailbox|server|ip|domain|user) *3 (suspended|disabled|blocked|locked|banned|expired)',
      ],
      examples: [
        '550 5.2.1 The account of jane@acme.example has been deactivated',
        '554 This mailbox is not active any more: mailbox disabled',
        '450 User jane is suspended for non-payment',
        '550 The address jane@acme.example is no longer valid',
      ],
      counterExamples: [
        '550 5.7.1 Your IP address is blocked',
        '550 Your domain has expired',
        '550 This address does not accept mail from strangers',
      ],
    },
  ],
};
