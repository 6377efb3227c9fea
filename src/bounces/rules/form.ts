import type { RuleFile } from '../rule.ts';

/** Size, attachments and form of the message. */
export const form: RuleFile = {
  name: 'form',
  kind: 'theme',
  rules: [
    {
      id: 'form.too-large',
      class: 'message_too_large',
      why: 'The message is larger than the server or the mailbox takes.',
      phrases: [
        '(message|mail|email|msg|messages|header|headers|attachment|attachments|data|body|content|file|total|item|size) *4 (too|exceeds|exceeded|exceed|exceeding|over|larger than|bigger than|is larger|above|limited|greater) *4 (big|large|long|size|length|fixed limit|fixed maximum|maximum|administrative limit|limit|kb|mb|bytes|megabytes|allowed|permitted size|max size)',
        '(too (big|large)|oversized|oversize|over sized|overlarge|larger than|bigger than)',
        '(maximum|max|limit|limits|exceeds|exceed|exceeded|exceeding|violates) *4 (message|mail|email|msg|attachment|content|item|data|total)? (size|length|sizes)',
        '(message|mail|email|attachment|content|msg|body|header|headers) (size|length|file size|header size) *6 (exceeds|exceeded|limit|limits|maximum|too|violation|larger|over|restriction|not allowed|exceed|large)',
        '(size|length) *3 (limit|limits|restriction|maximum)',
        '(number|amount) of attachments *6 (exceeds|exceeded|limit)',
        '(recipsizelimit|sendsizelimit|messagetoolarge|msgtoolarge|messagesizelimit|toolarge|mesgtoobig|sizelimit)',
        '(message|mail|email|msg) (is|was|too|length)? (too)? (big|large|heavy|long)',
        'exceeds * (limit|maximum) * (bytes|kb|mb)',
      ],
      not: [
        '(mailbox|inbox|disk|account|storage|quota|user) *3 (full|quota|exceeded|size limit|over|storage)',
        '(line|lines|command|subject|address|local part|username|recipient|hostname|name) *2 (too long|length|is too long)',
        '(mailbox|inbox|storage) size',
        'too (many|much)',
        'quota',
        'hop',
      ],
      examples: [
        '552 5.3.4 The message is larger than 10 MB',
        '554 Message size exceeds the maximum of this server',
        '552 5.2.3 Your mail is too big for this mailbox',
      ],
    },
    {
      id: 'form.loop',
      class: 'network_error',
      why: 'The message goes round in circles between servers.',
      phrases: [
        '(too many|maximum|max|excessive|exceeded|exceeds) *3 (hops|hop count|received headers|received lines|hop|received header|received)',
        '(hop count|hops) *3 (exceeded|exceeds|limit|too)',
        '(mail|routing|message|forwarding|email|possible|delivery|redirect|dns)? (loop|loops|looping|loopback)',
        '(loops|loop) back to (me|myself|itself)',
      ],
      examples: ['554 5.4.6 Too many hops, this is a mail loop'],
    },
    {
      id: 'form.attachment',
      class: 'content_rejected',
      why: 'An attachment is of a kind that the server does not take.',
      phrases: [
        'presents a potential security (issue|risk)',
        '(attachment|attachments|file|filename|file name|attached file|file type|extension|executable|archive|zip|macro|mime type|file types|attached files|file extension) *5 (not|blocked|forbidden|prohibited|illegal|rejected|denied|banned|refused|dangerous|unacceptable|disallowed|invalid|suspicious|restricted|type|encrypted|password|potential)',
        '(blocked|forbidden|prohibited|illegal|rejected|denied|banned|dangerous|unacceptable|disallowed|invalid|restricted|unwanted|suspicious|encrypted|password protected) *2 (attachment|attachments|file|filename|extension|file type|archive|executable|file extension|attached)',
      ],
      not: ['(virus|malware|infected)', 'too (large|big)', 'number of attachments'],
      examples: ['552 5.7.0 Attachments of type .exe are blocked here'],
    },
    {
      id: 'form.broken',
      class: 'content_rejected',
      why: 'The form of the message breaks a standard or a rule of the server: headers, encoding, structure.',
      phrases: [
        '(rfc5322|rfc 5322|rfc2822|rfc 2822|rfc 822|rfc822 header|rfc 2045|rfc 2047|rfc5321 mime)',
        '(header|headers|from header|subject header|date header|message id|subject|mime|to header|reply to|from field|received header|header field|from line|content type|multipart|encoding|line|lines|boundary|html|bare lf|bare line feed|nul|null character|8bit|8 bit|unicode|utf 8|smtputf8|character) *5 (invalid|missing|malformed|duplicate|multiple|illegal|not|bad|too long|incorrect|required|error|empty|blank|forbidden|prohibited|disallowed|unacceptable|absent|not compliant|not rfc|violat~|corrupt|unsupported|non ascii|syntax|improper)',
        '(invalid|missing|malformed|duplicate|multiple|illegal|bad|incorrect|no|without|blank|empty|lacks|non ascii|raw|several|double|improper|corrupt|multiple addresses in|more than one|forged|unencoded|improperly formatted|bare|forbidden|prohibited|disallowed) *2 (header|headers|from header|subject header|date header|message id|message id header|mime|to header|from field|header field|from line|content type|encoding|line ends|subject|sender header|date|headers section|from addresses|from address in|boundary|line feeds|lf|line breaks|line feed|message structure|8 bit|8bit|utf 8)',
        '(two|several|multiple|duplicate|more than one) *2 (headers|header|from headers|addresses in)',
        '(message|mail|email) *3 (malformed|not rfc|non compliant|not compliant|badly formatted|incorrectly formatted|not properly formatted|corrupt|has no (body|headers|subject|recipients)|is empty|not well formed|is missing|noncompliant|improperly formatted|format)',
        '(malformed|non compliant|badly formed|ill formed|invalid|corrupt) (mime)? (message|mail|email|mime)',
        '(does not|doesnt|not|isnt) *2 (conform|comply|compliant|conforming|compliant with) *4 (rfc|standard|standards|specification|specifications)',
        '(encoded word)',
        '(helo|ehlo)? rfc *3 (violation|compliant|compliance)',
        '(smtputf8|8bitmime|internationalized|eai|utf8) *5 (not|required|unsupported|needed|support)',
        '(conversion|conversion with loss|media) (not|failed|required|prohibited|unsupported)',
        '(missing|no|need|needs|valid) *2 (fully qualified)? (message id|date|from) (header|field|line)',
        'list unsubscribe *4 (missing|required|header|invalid)',
      ],
      not: [
        '(helo|ehlo)',
        '(too (big|large)|size)',
        '(spf|dkim|dmarc) *3 (fail|failed|check|fails|policy|pass)',
        '(command|syntax error)',
        'rfc 5321 address',
      ],
      examples: [
        '550 5.6.0 The message has two From headers',
        '554 5.6.0 Malformed MIME message',
        '550 5.7.1 The mail does not comply with RFC 5322',
      ],
    },
  ],
};
