import type { RuleFile } from '../rule.ts';

/** The way between servers: connections, DNS, and mail that went it for too long. */
export const network: RuleFile = {
  name: 'network',
  kind: 'theme',
  rules: [
    {
      id: 'network.expired',
      class: 'expired',
      why: 'A server before us tried for as long as it may and gave up.',
      phrases: [
        '(message|mail|email|delivery|queue|retry|envelope|retries|lifetime|max|maximum) *4 (expired|timeout exceeded|time exceeded|timed out in queue|lifetime|too old|time to live|queue time|retries|attempts exceeded)',
        '(message|mail|it) *3 (in|on) *2 queue *3 (too long|longer than|for too long|for #)',
        '(retry|delivery) (timeout|time limit|period|time) *3 (exceeded|expired|reached|elapsed|has been exceeded)',
        '(unable to|could not|cannot|not|undeliverable|undelivered|couldnt|havent been able to|was not able to) *5 (within|in|after|for|since|over) *2 (#|multiple|several|many|the last|the maximum|the time|retry|repeated|all) *2 (days|hours|minutes|retries|attempts|day|time|seconds|tries)',
        '(delivery|message|envelope|mail) (time)? expired',
        '(deadline|time limit|ttl) (exceeded|expired|reached)',
        '(after|made) *2 (multiple|several|repeated|#|many|numerous|too many) *2 (retries|attempts|tries|delivery attempts)',
        'too long in (the)? queue',
        '(queue expired|queueexpired|expiredmessage)',
      ],
      not: [
        '(session|connection|idle|command|smtp|certificate|account|domain|mailbox|password|data) (timeout|expired|time limit)',
        'certificate',
      ],
      examples: [
        '554 5.4.7 The message was in the queue for too long',
        '550 4.4.7 Delivery time expired after 48 hours',
      ],
    },
    {
      id: 'network.timed-out',
      class: 'expired',
      why: 'A report without a reply code says that no connection came about: whoever wrote it has tried for as long as it may.',
      codes: ['none'],
      phrases: [
        '(connection|connect|connecting|session|conversation|delivery|operation) * (timed out|timeout|time out)',
        '(did not|does not|not) (accept|accepting) (our)? requests to connect',
        '(host|server) (is)? not (responding|reachable|answering)',
      ],
      examples: ['connect to mx.acme.example[192.0.2.7]:25: Connection timed out'],
    },
    {
      id: 'network.failed',
      class: 'network_error',
      why: 'A connection or a DNS question between servers failed.',
      phrases: [
        '(connection|connect|connecting|network|session|socket|conversation|communication|tcp|peer|remote host|remote server|routing) *4 (timed out|timeout|refused|reset|lost|dropped|closed|aborted|unreachable|failed|failure|broken|interrupted|terminated|error|broke|time out|hung up|disconnect|disconnected|expired|not responding)',
        '(read|write|data|command|response|reply|idle|smtp|io|lookup|dns|server|host) *2 (timed out|timeout|time out)',
        '(timed out|timeout|time out) *3 (while|waiting|reading|during|after|before|connecting|exceeded|on)',
        '(no route to host|network (is)? unreachable|host (is)? unreachable|destination unreachable|broken pipe|end of file|peer closed|hung up|no answer from|no response from|not answering|unable to route|no route|bad connection|host is down)',
        '(lost|losing) *1 (connection|contact|session)',
        '{cannot} *2 (establish|open|make|connect|contact|reach|transfer|communicate) *4 (connection|host|server|mx|daemon|destination|mailserver|exchanger|remote|network|to)',
        '(problem|error|trouble|difficulty) *2 (establishing|connecting|contacting|transferring|reaching|communicating)',
        '(dns|name server|nameserver|name service|resolver|hostname|host name|mx) *3 (error|failure|failed|timeout|servfail|temporary|timed out|lookup failure|lookup failed|lookup error|malformed|problem|loop|unavailable|not respond|query failed)',
        '(temporary|temporarily|transient) *3 (dns|name server|nameserver|resolution|resolver|name service|domain name)',
        '(host name|hostname|mx|dns|domain) lookup (failure|failed|error|timed out)',
        '(all|no) (relevant)? (mx|mail servers|hosts|mail exchangers|relays) *4 (unreachable|down|failing|failed|available|respond|responding|refused|been failing|unavailable)',
        '(did not|does not|didnt|doesnt|not) (respond|accept our requests|answer|responding)',
        '(host|host name|hostname|domain|domain name) *3 not found *1 try (again|later)',
        '(econnrefused|etimedout|econnreset|ehostunreach|enetunreach|epipe|eai again|enotfound|servfail|esocket)',
        'unexpected (end of|eof|disconnect|close)',
        '(no|not|find|found) *2 (a)? gateway',
        '(loop|points back|loops back)',
      ],
      not: ['too many', '(dkim|spf|dmarc) *4 (dns|lookup|error)', 'user unknown'],
      examples: [
        '421 4.4.2 Connection timed out while reading data',
        '451 4.4.0 Temporary DNS failure for acme.example',
        '450 4.4.1 The next server did not respond: no answer from host',
      ],
    },
    {
      id: 'network.gave-up',
      class: 'expired',
      strength: 'last',
      why: 'The server gave up or will go on trying, and names no better reason.',
      phrases: [
        'not going to try again',
        '(giving up|gave up|given up|gives up)',
        'will be retried',
        'delivery * has been delayed',
      ],
      not: ['giving up on'],
      examples: ['550 We are giving up'],
    },
  ],
};
