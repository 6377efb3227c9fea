import type { RuleFile } from '../rule.ts';

/** The mailbox is full. */
export const quota: RuleFile = {
  name: 'quota',
  kind: 'theme',
  rules: [
    {
      id: 'quota.full',
      class: 'mailbox_full',
      why: 'The server says that the mailbox, or the storage of its user, is full.',
      phrases: [
        '{mailbox} *5 {full}',
        '@ *3 {full}',
        '(mailbox|account|inbox|recipient|user|users|storage|maildir|folder|mail box|email|mailbox storage|disk|space) *3 (quota|capacity|allocation|storage limit|size limit|storage space) *4 (exceeded|exceed|exceeds|reached|full|violation|overrun|surpassed|passed|exhausted|over|depleted|used up)',
        '(quota|capacity|storage limit|storage allocation|mailbox size|disk usage|mail quota|disk space|mailbox limit) *3 (exceeded|exceed|exceeds|exceeding|reached|violation|overrun|surpassed|exhausted|used up|full)',
        '(exceeded|exceeds|exceeding|exceed|over|reached|surpassed|above|beyond|violates|out of) *4 (quota|storage allocation|storage limit|storage capacity|mailbox size|mailbox limit|disk quota|disk allocation|mailbox capacity|allotted space|mailbox storage|storage space)',
        '(exceeded|exceeds|exceeding) (its|his|the|their|mailbox)? storage',
        '(overquota|over quota|mailboxfull|quotaexceeded|overquotatemp|overquotaperm|quotaexceptions|mailboxoverquota|inboxfull)',
        '(mailbox|inbox|storage|account|quota|mail box|maildrop|recipients inbox) (is|was|has been|are|currently|already|now|too|is currently|is already|is too|seems)? (full|overfull|stuffed|filled|overflowing)',
        '(full|overfull|overquota|stuffed) (mailbox|inbox|mail box|account|mail storage)',
        '(no|not enough|insufficient|lack of|not sufficient|too little|without) *2 (space|storage|room|quota) *4 (mailbox|user|recipient|account|inbox|users|recipients|left for)',
        '(mailbox|user|recipient|account|inbox) *5 (no|not enough|insufficient|lacks|out of|has too little) *2 (space|storage|room|quota|disk space)',
        'out of (storage|mailbox) space',
        '(mailbox|account) (size|limit) (limit)? (exceeded|reached|exceeds)',
        '(too many|maximum number of) (messages|mails|emails) (in|stored in|for) *2 (mailbox|inbox|account|folder)',
        '(mailbox|inbox) * (too many|maximum number of) (messages|mails)',
        '(quota|overquota) (violation|exceeded|full|failure|error|problem|reached|limit)',
        'extended quota',
        'disc quota',
        '(mailbox|user) * would (exceed|go over|be over)',
        '(recipients|users) (mailbox|inbox|account) (is)? (almost|nearly)? full',
      ],
      not: [
        '(daily|hourly|sending|relay|outgoing|outbound|per day|per hour|message rate|mail rate|rate|connection|connections|sender|monthly|recipients per) *3 (quota|limit|limits)',
        '(quota|limit) *3 (per day|per hour|per minute|daily|hourly|messages per|of messages|sending)',
        '(message|mail) size',
        '(organization|organisation|tenant|queue) *2 quota',
        '(message|email|mail) (is|was|exceeds|exceeded)? (too|maximum|max) (large|big|size)',
        'message (exceeds|exceeded)',
      ],
      examples: [
        '552 5.2.2 The mailbox of jane@acme.example is over its storage quota',
        '452 4.2.2 Inbox full, ask the owner to make room',
        '550 5.1.1 User jane is over quota and cannot take this mail',
        '422 The recipient has no storage space left, mailbox full',
      ],
      counterExamples: [
        '550 5.4.5 Daily sending quota exceeded',
        '552 5.3.4 Message size exceeds fixed limit',
      ],
    },
    {
      id: 'quota.storage-exceeded',
      class: 'mailbox_full',
      strength: 'weak',
      why: 'Words of a full disk or an exceeded storage allocation without more are most often about the mailbox.',
      phrases: [
        '(exceeded|exceeds) (storage|disk) (allocation|space|limit)',
        '(disk|storage|space) (is)? (full|exhausted)',
        '(insufficient|no|not enough) (disk|storage)? (space|storage)',
        'quota',
      ],
      not: ['system', '(message|mail) size', '(daily|hourly|sending|rate|relay)', 'queue'],
      examples: ['552 Not enough disk space'],
    },
  ],
};
