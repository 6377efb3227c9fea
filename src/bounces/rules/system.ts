import type { RuleFile } from '../rule.ts';

/** Troubles of the other server itself. */
export const system: RuleFile = {
  name: 'system',
  kind: 'theme',
  rules: [
    {
      id: 'system.full',
      class: 'remote_system_full',
      why: 'The server, not the mailbox, has no room or memory left.',
      phrases: [
        '(server|system|host|machine|relay) *3 no *1 (disk|storage|free) space',
        '(insufficient|no|not enough|out of|low on|lack of) *2 (system|server)? (system storage|system resources|disk space on|queue space|memory|resources|spool space|free memory|server storage|system disk|swap|inodes|storage on server|space on device)',
        '(system|server|queue|spool|filesystem|file system|disk|partition|device) *3 (is)? (full|storage exceeded|out of space|out of disk space|out of memory|no space left)',
        'no space left on device',
        '(useddiskspace|usedversionbuckets|queuedatabaselogging|privatebytes|submissionqueue|physicalmemory)',
        '(disk full|disc full|diskfull|queue full|too many (messages|mails) in queue|mail system full)',
        '(insufficient|not enough) (system|server) (storage|resources|space|memory)',
      ],
      not: [
        '(mailbox|user|recipient|inbox|account|users|recipients) *4 (full|quota|exceeded|storage)',
        'message (size|exceeds)',
      ],
      examples: [
        '452 4.3.1 The mail system is full: out of disk space',
        '431 Insufficient system memory',
      ],
    },
    {
      id: 'system.delivery-agent',
      class: 'delivery_agent_error',
      why: 'The program that puts mail into the mailbox failed.',
      phrases: [
        '(mailer|delivery agent|delivery program|local delivery|pipe|procmail|maildrop|script|vacation|autoresponder|lmtp|mda|sieve|child|transport) *4 (exited|died|returned|status|error #|signal|crashed|failure|failed with|generated)',
        '(unknown mailer error|pipe to|command died|child process|process returned|child status|local delivery failed|command output|return code #|exit (code|status)|operating system error)',
        '(error|cannot|could not|unable|failed) *2 (writing|write|opening|open|creating|create|lock|locking|append|appending) *2 (to)? (mailbox|maildir|mail file|mbox|spool|mail folder|folder)',
        '(maildir|mbox|mailbox file|mail spool) *3 (error|failed|locked|lock|denied|not writable|corrupt|failure)',
        '(no such file or directory|cannot create|read only file system)',
        '(vdelivermail|x-unix)',
        '(forward|alias|forwarding|redirect) *3 (loop|expansion|file|error|failed|failure)',
      ],
      not: ['(login|auth|authentication|relay)', 'loop', 'quota'],
      examples: [
        '554 5.3.0 The local delivery agent exited with status 75',
        '451 Could not open the maildir of this user',
      ],
    },
    {
      id: 'system.error',
      class: 'remote_system_error',
      why: 'The server has a trouble of its own.',
      phrases: [
        '(internal|server|system|local|database|ldap|configuration|software|backend|unexpected|mail server|mail system|application|processing|lookup|resource|directory|policy server|content filter|milter|scanner|cluster|technical|program|queue|queue file|storage|user lookup|address verification|policy lookup|temporary lookup|network storage) *2 (error|errors|failure|problem|problems|failed|fault|trouble|difficulties|malfunction|misconfiguration|misconfigured|exception|unreachable|glitch|issue|issues|offline|write error)',
        '(database|ldap|directory|backend|policy server|content filter|milter|scanner|storage|mail server|mail system|resources|user database|mailbox server|mail store) *3 (unavailable|not available|busy|overloaded|offline|down|unreachable|not responding)',
        '(system|server|host|mailserver|machine) *3 (busy|overloaded|shutting down|going down|offline|not ready|down|maintenance|too busy|shutdown|restarting|stopping|not accepting (messages|mail|network messages|connections)|suspended|temporarily unavailable|out of service)',
        '(under|for|in|undergoing|scheduled) (maintenance|maintainance)',
        'action (aborted|not taken) *2 (error|processing)',
        '(error in processing|temporary system problem|unable to process|cannot process|cant process|could not process|cannot accept (mail|messages|message) (now|at this time|right now|currently)|not currently accepting)',
        '(load|system load|load average) *3 (too high|high|is high|exceeded|too)',
        '(misconfigured|configuration error|badly configured|mis configured|local configuration error)',
        '(out of|no|not) *2 (threads|processes|file handles|file descriptors|connections available|server available|servers available|hosts available)',
        '{cannot} *2 (contact|query|access|open|read|connect to|look up in) *2 (ldap|database|sql|mysql|directory|backend|policy|user database)',
        '(ldap|database|sql|mysql|postgres|db|directory) *3 (error|down|failed|failure|unavailable|lookup|timeout|returned)',
        '(failed|unable|could not) *2 be (replicated|queued|stored|saved|committed|spooled)',
        '(queue file|spool file|temp file|temporary file) *2 (write|read|open|error)',
      ],
      not: ['(banned|forbidden|greylist~)', '(dkim|spf|dmarc)', 'tls', 'too many connections'],
      examples: [
        '451 4.3.0 Internal error of the mail system',
        '421 4.3.2 The server goes down for maintenance',
        '451 Our directory database is offline',
        '451 4.3.2 Temporary server error, NextHop mx.acme.example',
      ],
    },
    {
      id: 'system.not-now',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server says that it cannot do its work now.',
      phrases: [
        '(temporary|temporarily|transient) *3 (error|problem|unavailable|rejected|deferred|unable|failed|rejection|local problem)',
        '(internal|system|server|configuration|local|resources) *3 (error|failure|problem|unavailable|misconfigured)',
        '(service|system|server) *3 (unavailable|busy|not available|refused|refuse|closing)',
        '(try|retry) *2 (again|later)',
        'local (error|problem|configuration error)',
        'not accepting (connections|mail|messages)',
      ],
      codes: ['4xx', 'none'],
      examples: ['451 Please try again later'],
    },
    {
      id: 'system.not-available',
      class: 'remote_system_error',
      strength: 'last',
      why: 'The server says of itself that it does not serve.',
      phrases: [
        '(service|system|server) *3 (unavailable|busy|not available|refused|refuse|closing)',
        '(try|retry) *2 (again|later)',
      ],
      examples: ['554 Service not available'],
    },
  ],
};
