import type { RuleFile } from '../rule.ts';

/** Orange, Wanadoo, La Poste, Free, SFR: the number behind OFR or LPN tells the reason. */
export const french: RuleFile = {
  name: 'french',
  kind: 'provider',
  signatures: [
    '(orange|wanadoo|laposte|ofr|ofr006|ofr005|ofr004|lpn|lpn000|lpn005|lpn006|lpn007|lpn105|free|sfr|neuf)',
  ],
  rules: [
    {
      id: 'french.listed',
      class: 'blocklisted',
      why: 'Numbers of a blocked address.',
      phrases: [
        '(ofr006|ofr|lpn006|lpn) (102|102|103|108|109|111|115|117|118|510|513|515)',
        '(lpn005|ofr005) (510|513)',
      ],
      examples: ['550 mwinf Refused. LPN005_510', '550 Refused. OFR006_102'],
    },
    {
      id: 'french.trouble',
      class: 'remote_system_error',
      why: 'The number of a trouble of the server.',
      phrases: ['(lpn007|ofr007) 505'],
      examples: ['421 4.2.1 Service refused. LPN007_505'],
    },
    {
      id: 'french.rate',
      class: 'rate_limited',
      why: 'Numbers of too many connections or too much mail.',
      phrases: [
        '(ofr005|ofr004|ofr|lpn|lpn000|lpn007|lpn105) (104|105|106|110|305|306|405|406|815|995)',
      ],
      examples: ['421 mwinf Wait. OFR005_104'],
    },
    {
      id: 'french.reverse-dns',
      class: 'ptr_missing',
      why: 'The number of a missing PTR record.',
      phrases: ['(ofr006|ofr|lpn|ofr001) (113|123)'],
      examples: ['550 Refused. OFR_113'],
    },
    {
      id: 'french.user-unknown',
      class: 'user_unknown',
      why: 'Numbers of an address that is not there.',
      phrases: ['(ofr|lpn|lpn007|ofr005) (416|418|421)'],
      examples: ['550 5.1.1 Refused. OFR_416'],
    },
    {
      id: 'french.inactive',
      class: 'mailbox_inactive',
      why: 'Numbers of a mailbox that is blocked or unused.',
      phrases: ['(ofr|lpn|lpn007) (415|417|424|426)'],
      not: ['(plein|pleine|overquota)'],
      examples: ['550 5.5.0 Refused. LPN007_426'],
    },
    {
      id: 'french.full',
      class: 'mailbox_full',
      why: 'Numbers of a full mailbox.',
      phrases: ['(ofr|lpn|lpn007) (417 plein|413|420)'],
      examples: ['552 5.2.2 Refused. OFR_413'],
    },
    {
      id: 'french.spam',
      class: 'spam_content',
      why: 'Numbers of a message that is taken for spam.',
      phrases: ['(ofr|lpn|lpn007|ofr005|lpn006) (506|507|508|509)'],
      examples: ['550 5.2.0 Mail refused. OFR_506'],
    },
    {
      id: 'french.policy',
      class: 'policy',
      why: 'The number of a host that is refused without a reason.',
      phrases: ['(lpn000|ofr000) 630'],
      examples: ['554 5.7.1 Client host refused. LPN000_630'],
    },
    {
      id: 'french.login',
      class: 'security',
      why: 'The number of a missing login.',
      phrases: ['(lpn105|ofr105) 402'],
      examples: ['550 5.5.0 Refused. LPN105_402'],
    },
    {
      id: 'french.free-listed',
      class: 'rate_limited',
      why: 'Free asks senders that are new or too quick to come back later.',
      phrases: ['too many errors from your ip', 'too much spam from your ip', 'trop de spam'],
      signed: true,
      examples: [
        '421 Too much spam from your IP (192.0.2.7), visit http://postmaster.free.example',
      ],
    },
  ],
};

/** Mail.ru, Yandex, Rambler. */
export const russian: RuleFile = {
  name: 'russian',
  kind: 'provider',
  signatures: ['(mail ru|yandex|rambler|corp mail ru|bk ru|list ru|inbox ru)'],
  rules: [
    {
      id: 'russian.local-mailbox',
      class: 'user_unknown',
      why: 'Mail.ru names the mailbox and says that it is not available.',
      phrases: ['message was not accepted invalid mailbox', 'local mailbox * unavailable'],
      not: ['(full|quota|space|disabled|blocked|frozen)'],
      examples: [
        '550 Message was not accepted -- invalid mailbox. Local mailbox jane@acme.example is unavailable: user not found',
      ],
    },
    {
      id: 'russian.account-disabled',
      class: 'mailbox_inactive',
      why: 'Mail.ru names the mailbox and says that it is switched off.',
      phrases: ['local mailbox * unavailable', 'policy rejection on the target address'],
      with: ['(disabled|blocked|frozen|deleted|inactive)'],
      examples: [
        '550 Message was not accepted -- Local mailbox jane@acme.example is unavailable: account is disabled',
      ],
    },
    {
      id: 'russian.ratelimit',
      class: 'rate_limited',
      why: 'The server asks to send less.',
      phrases: ['(ratelimit exceeded|ratelimitexceeded)', 'try again later *3 #'],
      signed: true,
      examples: ['451 Ratelimit exceeded for mailbox, see https://help.mail.ru'],
    },
    {
      id: 'russian.spam',
      class: 'spam_content',
      why: 'The filter of Mail.ru or Yandex took the message for spam.',
      phrases: ['(notspam-support|feedback2 yandex)'],
      examples: ['554 5.7.1 Not taken, see https://mail.ru/notspam-support/example'],
    },
  ],
};
