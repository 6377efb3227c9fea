import type { Vocabulary } from './phrase.ts';

/** Lists that phrases use by name, e.g. `{mailbox} {full}`: the words that servers choose from. */
export const vocabulary: Vocabulary = {
  mailbox: [
    '(local|email|mail|destination)? (user|users|recipient|recipients|mailbox|account|address)',
    '(recipient|recipients|mailbox|user|users|rcpt|to|target|delivery|destination|final) (email|mailbox)? (address|account|mailbox)',
    '(mail box|mailboxes|accounts|addresses|addressee|inbox|inboxes|alias|username|user name|userid|user id|email id)',
    '(local part|localpart|customer|subscriber|member|rcpt to|rcpt|mailuser|maildrop|login|login name|employee|person|student|mbox)',
  ],
  missing: [
    'unknown',
    '(does|do|did|could|can|was|were|is|are|has|have|have been|has been|had)? not (be|been)? (found|located|known|recognized|recognised|recognize|recognise|existing|exist|exists)',
    '(doesnt|dont|didnt|dosnt|doesn t|couldnt|cant|cannot|wasnt|isnt|arent) (be|been)? (found|located|known|recognized|exist|exists|existing)',
    '(nonexistent|non existent|non existing|inexistent|nonexistant|non existant|unrecognized|unrecognised|unlisted)',
    '(no|not) longer (exists|exist|existing)',
    '(is|are)? (not|isnt) listed',
    '(is|are)? (not|isnt) (in|on|part of|among) (the|our)? (recipient list|recipients list|list of recipients|recipient table|user table|allowed recipients|valid recipients|relay recipients)',
    '(never|not yet) (existed|created)',
    '(is|are|was)? (not|isnt) (in|on) (the|our|my|this)? (database|directory|system|records|user list|address book|address list|list of users|recipient map|local recipient table)',
  ],
  full: [
    '(full|overfull|overquota|stuffed|overdrawn|overflowing|over quota|out of quota|overstuffed)',
    '(over|exceeds|exceeded|exceeding|above|reached|at|beyond|past) (its|his|her|their|the)? (mailbox|storage|disk|disc|space|allowed|maximum|assigned|allocated|email|mail|message|size|inbox|hard|total)? (storage|disk|space|size)? (quota|allocation|capacity)',
    '(exceeded|exceeds|reached|over|hit) (its|his|her|their|the)? (maximum|mailbox|storage|allowed|disk|allocated) (storage|mailbox|disk)? (size|limit|space|storage|limits)',
    'out of (storage|disk|mailbox|email|mail)? (space|storage)',
    'has no (storage|disk|free)? space',
    '(too big|too full|too large to accept)',
  ],
  inactive: [
    '(disabled|inactive|suspended|deactivated|deactived|disactivated|locked|frozen|blocked|closed|cancelled|canceled|terminated|discontinued|deleted|expired|dormant|archived|hibernated|unused|retired|decommissioned|inactivated|abandoned|de activated|dis abled|obsolete)',
    '(turned|switched) off',
    '(not|isnt|no longer) (currently|yet|been)? (active|activated|enabled|in use|in service|used|in operation|activ)',
    'out of service',
  ],
  message: [
    '(message|messages|mail|mails|email|emails|msg|letter|letters|content|contents|body|submission|transmission|transaction|envelope|delivery)',
    '(mail|email|message) (content|contents|body|message|text|data)',
  ],
  refused: [
    '(rejected|refused|denied|blocked|bounced|declined|discarded|dropped|prohibited|forbidden|banned|barred|quarantined|filtered|disallowed|reject|block|deny|refuse|rejecting|blocking|refusing|blackholed)',
    '(not|wont|cannot|cant|isnt|wasnt|could not|will not|never|no longer|was not|couldnt) (be|been)? (accepted|accept|allowed|permitted|delivered|processed|taken|welcome|permit|authorized|authorised|approved|acceptable)',
    '(unable|failed|refused|refuses|declined|refusing) to (accept|process|deliver|take|receive)',
  ],
  host: [
    '(sending|client|remote|connecting|your|source|sender|senders|originating|this|the|smtp|mail|outgoing|sender mail|sending mail|sending smtp|sending email|your mail|your smtp|your email|your sending|your source|your outgoing|connecting client|connecting mail|senders mail|remote mail|source mail) (ip|host|server|client|hostname|ip address|ip addresses|ips|address|mta|system|range|subnet|network|relay|gateway|ip range|netblock|machine|ipv4 address|ipv6 address|ip space|servers ip|servers ip address|server ip|server ip address|isp)',
    '(ip|ipv4|ipv6) address',
    '(ip|host|client|server|mta|peer)',
  ],
  listed: [
    '(blacklisted|blocklisted|blacklist|blocklist|blacklists|blocklists|denylist|denylisted|blacklisting|blocklisting|blocklistings|dnsbl|rbl|dnsrbl|sbl|xbl|pbl|dbl|surbl|uribl|ivmsip|badlist|rbls|dnsbls|bld)',
    '(black|block|deny) (list|listed|lists)',
    '(real time|realtime) (blackhole|block|black) list',
  ],
  cannot: [
    '(cannot|can not|cant|could not|couldnt|unable to|not able to|failed to|failure to|were unable to|was unable to|wasnt able to|werent able to)',
  ],
  later: ['(later|again|shortly|in a few|after|another time|soon|in # (minutes|seconds|hours))'],
  sender: [
    '(sender|senders|from|mail from|envelope from|return path|envelope sender|originator|reverse path|mailfrom|originating|header from|purported sender|sending|author|envelope)',
    '(sender|senders|from|envelope|sending|originator|return|return path|mail from|originating|header from|envelope from|sender email|from email|sender mail|from header) (address|domain|addresses|mailbox|email|email address|user|account|domains|field|header|host name|mail address|domain name|emails)',
  ],
  domain: [
    '(domain|domains|hostname|host name|host|domain name|host or domain name|host or domain|hosts|destination|destination domain|destination host|recipient domain|recipients domain|address domain|mail domain|email domain|target domain|remote domain|domain part|destination server|mail host|domain or host|address host)',
  ],
  overload: [
    '(too many|too much|excessive|excess|excessively many|maximum|max|high|unusual|abnormal|large)',
  ],
};
