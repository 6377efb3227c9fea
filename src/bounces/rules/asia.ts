import type { RuleFile } from '../rule.ts';

/** Tencent (QQ, Exmail, WeCom) and NetEase (163, 126). */
export const chineseProviders: RuleFile = {
  name: 'chinese',
  kind: 'provider',
  signatures: ['(qq|exmail|weixin|163 com|126 com|yeah net|netease|mail163|aliyun|sina|sohu)'],
  rules: [
    {
      id: 'chinese.suspected-spam-sender',
      class: 'low_reputation',
      why: 'QQ thinks of the sender, not of the message, as a source of spam.',
      phrases: ['suspected spam sender', 'suspected spam ip', 'mail from your ip * spam'],
      examples: ['550 Suspected spam sender. http://service.mail.qq.com'],
    },
    {
      id: 'chinese.frequency',
      class: 'rate_limited',
      why: 'QQ and 163 limit how often one connects or sends.',
      phrases: [
        '(connection|mailbox|domain|ip|sender|sending|user) frequency (limited|limit)',
        '(frequency limited|frequency limit)',
        '(mi dmc|mi ilc|mi iec|rp trc|rp ccl|rp rcl|mi sti|mi mbl|hl rep|hl iff|hl iht|rp qrc|mi slt|hl itc)',
        'dt mbl',
      ],
      not: ['(ihu|rbl)'],
      examples: [
        '550 Domain frequency limited. http://service.mail.qq.com',
        '451 RP:TRC 163 smtp4,refused',
      ],
    },
    {
      id: 'chinese.spam',
      class: 'spam_content',
      why: 'The codes of 163 for a message that is taken for spam.',
      phrases: ['(dt spm|dt sum|mail content denied|dt sem)'],
      examples: [
        '554 DT:SPM 163 smtp3,refused',
        '550 Mail content denied. http://service.mail.qq.com',
      ],
    },
    {
      id: 'chinese.authentication',
      class: 'auth_failed',
      why: 'The codes of 163 for SPF and DMARC.',
      phrases: ['(mi spf|mi spb|dt spf|mi dma|mi nhd)'],
      examples: ['553 MI:SPF 163 smtp1,refused'],
    },
    {
      id: 'chinese.listed',
      class: 'blocklisted',
      why: 'The codes of 163 for a blocked address.',
      phrases: [
        '(dt rbl|ihu rbl|mi ihu|dt ipb|mi nhd ip|ip is rejected smtp auth error limit exceed|ip in blacklist)',
      ],
      examples: ['554 DT:RBL 163 smtp2,refused'],
    },
    {
      id: 'chinese.rejected-by-recipient',
      class: 'recipient_refused',
      why: 'The user has put the sender on a list.',
      phrases: ['mail is rejected by recipients'],
      examples: ['550 Mail is rejected by recipients. http://service.mail.qq.com'],
    },
    {
      id: 'chinese.mailbox-unavailable',
      class: 'user_unknown',
      why: 'QQ says so of mailboxes that are not there or closed to strangers.',
      phrases: ['mailbox unavailable or access denied', 'mailbox not found', 'mailbox unavailable'],
      signed: true,
      examples: ['550 Mailbox unavailable or access denied. https://open.work.weixin.qq.com'],
    },
  ],
};

/** Carriers of Japan: docomo, au (ezweb), SoftBank, and providers such as Biglobe and nifty. */
export const japaneseCarriers: RuleFile = {
  name: 'japanese-carriers',
  kind: 'provider',
  signatures: ['(docomo|ezweb|softbank|au com|biglobe|nifty|uqmobile|ntt|kddi|ymobile)'],
  rules: [
    {
      id: 'japanese-carriers.not-reached',
      class: 'expired',
      why: 'au says so of a mail that it could not hand over in time.',
      phrases: ['message was not delivered within'],
      examples: [
        'Your message was not delivered within 0 days and 1 hours. Remote host is not responding.',
      ],
    },
    {
      id: 'japanese-carriers.no-response',
      class: 'remote_system_error',
      why: 'A carrier cannot reach its own mailbox system.',
      phrases: ['(please try again later|system busy) * (docomo|softbank|ezweb)'],
      examples: ['451 Please try again later, mx.docomo.example'],
    },
    {
      id: 'japanese-carriers.filtered',
      class: 'recipient_refused',
      why: 'The filter that the user of a phone has set up refuses the sender or mail with links.',
      phrases: [
        '(url|domain|sender) * (filter|filtering) * (user|recipient|setting)',
        'rejected by the recipients (filter|setting)',
      ],
      signed: true,
      examples: ['550 mx.ezweb.example refused: the domain filter of the user'],
    },
  ],
};
