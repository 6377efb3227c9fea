import type { RuleFile } from '../rule.ts';

/** The message itself is taken for spam or carries a virus. */
export const spam: RuleFile = {
  name: 'spam',
  kind: 'theme',
  rules: [
    {
      id: 'spam.virus',
      class: 'virus',
      why: 'A scanner found malware in the message.',
      phrases: [
        '(virus|viruses|malware|trojan|worm|ransomware|eicar|phishing malware|infected|infection|exploit|clamav|malicious code|malicious software|malicious file|malicious attachment|malicious content)',
        '(contains|carries|detected|found|has) *3 (virus|malware|trojan|worm|malicious|dangerous code)',
        '(infected|infects|infection)',
      ],
      not: [
        '(spam or virus|virus or otherwise|spam and virus|virus and spam|antivirus|anti virus|spam virus|spam or a virus|or virus)',
        'viruses',
        '(virus|malware) (scanner|scanning|scan|filter|check|protection) (error|unavailable|failed|timeout|not)',
      ],
      examples: [
        '550 5.7.1 The attachment is infected with a virus',
        '554 Malware found in this mail, it was refused',
      ],
    },
    {
      id: 'spam.filter-of-mailbox',
      class: 'recipient_refused',
      why: 'The code speaks of the mailbox, so it is the filter of that mailbox that refused.',
      enhanced: ['x.2.*'],
      phrases: ['(message|mail|email) (was|is|has been)? filtered'],
      not: ['(spam|junk)'],
      examples: ['550 5.2.0 The mail was filtered'],
      counterExamples: ['553 5.7.1 The mail was filtered'],
    },
    {
      id: 'spam.content',
      class: 'spam_content',
      why: 'A filter takes the message itself for spam or phishing.',
      phrases: [
        '(message|mail|email|content|messages|contents|body|mails|emails|it|msg|subject|letter|text) *6 (spam|junk|unsolicited|phishing|phish|spammy|bulk|uce|ube|scam|suspicious|spamlike|spam like|suspected spam)',
        '(spam|junk|phishing|spammy|unsolicited|suspicious|phish|scam|spam like|spamlike|suspected spam|bulk|fraudulent) (content|message|messages|mail|email|emails|mails|contents|pattern|patterns|detected|score|found|filter|filters|signature|rejected|url|urls|link|links|text|blocked|rule|rules|check|probability|threshold|level|body|subject|refused|denied|attempt|suspected|type|mailing|detection|control)',
        '(looks like|identified as|considered|classified as|marked as|detected as|flagged as|recognized as|as|is|be|reported as|categorized as|suspected|judged|deemed|suspected of|probably|appears to be|likely|possible|suspected to be|determined to be|contains|contained|containing|rejected as|blocked as|seems to be|tagged as|high probability of|probability of|due to|because of|for|high|anti|refused as) *2 (spam|junk|unsolicited|phishing|bulk mail|spammy|uce|suspected spam|a spam)',
        '(spamassassin|rspamd|cloudmark|brightmail|bogofilter|dspam|spamtitan|spamd|spamexperts|antispam|anti spam|bayes|bayesian)',
        '(mail|message|email) scored',
        '(score|scored|scores) *6 (spam|over|threshold|above|exceeds|limit|higher|required|too high|upper)',
        '(url|urls|uri|link|links|website|web site|domain in the body|hyperlink) *5 (blacklisted|blocklisted|listed|blocked|spam|malicious|bad|rejected|suspicious|in|phishing|surbl|uribl|dbl)',
        '(blacklisted|blocklisted|listed|blocked|bad|malicious|suspicious|forbidden|prohibited|dangerous|spamvertised) *1 (url|urls|uri|link|links|website|domain in)',
        '(surbl|uribl)',
        '(content|message content|mail content|body|text) (filter|filtered|filtering|scanner|scan|inspection|checker|denied|rejected|refused|blocked|restriction)',
        'nature of the content',
        '(suspicion|suspected) of (being)? (spam|junk|phishing)',
        '(mail|message|email) content (denied|rejected|refused|blocked|not accepted|is not)',
        '(message|mail|email) (was|is|has been)? filtered',
        '(content|nature of the content) *6 (rejected|refused|denied|blocked|not accepted|suspicious|unacceptable|objectionable|inappropriate|forbidden)',
        '(dcc|razor|pyzor) *4 (spam|bulk|check|rejected|listed)',
        '(fingerprint|signature|pattern) *4 (spam|blocked|rejected|matched|known)',
      ],
      not: [
        '(scanner|filter|scanning) *3 (not available|unavailable|down|error|failed|failure|timed out)',
        '(ip|host|server|client|ips|sender|domain|address) *6 (spam source|spammer|spamming)',
        '(not|if this is not|isnt) (a)? spam',
        '(spam|abuse) (protection|policy) *2 (unavailable|error)',
        'attachment type',
        // Somebody complained before: the reason why a relay does not send.
        'spam (complaint|complaints|report|reports)',
      ],
      examples: [
        '554 5.7.1 The message was taken for spam',
        '550 Mail refused, spam score 9.1 is over the threshold',
        '554 5.7.1 A link in the mail is listed by SURBL',
        '550 High probability of spam',
      ],
    },
    {
      id: 'spam.word',
      class: 'spam_content',
      strength: 'weak',
      why: 'The word spam in a refusal.',
      phrases: [
        '(spam|spammy|junk|unsolicited|phishing|uce|spamming|advertising|advertisement|advertisements)',
      ],
      examples: ['550 We reserve the right to refuse spam'],
    },
  ],
};
