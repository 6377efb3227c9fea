import type { RuleFile } from '../rule.ts';

/** Gmail and Google Workspace. */
export const google: RuleFile = {
  name: 'google',
  kind: 'provider',
  provider: 'gmail',
  signatures: ['(gsmtp|gmail|googlemail|googlegroups|google)'],
  rules: [
    {
      id: 'google.group-closed',
      class: 'sender_rejected',
      why: 'A group that does not exist or does not take posts of this sender.',
      // Written in forty languages: the address of their help stands in each.
      phrases: ['groups google com support'],
      examples: ['You cannot reach this group, see https://groups.google.com/support'],
    },
    {
      id: 'google.send-mail-as',
      class: 'sender_rejected',
      why: 'The server of another address, which the user set up for sending, refused it.',
      phrases: ['send mail as (feature|account)'],
      examples: ["The settings for your 'Send mail as' account are out of date"],
    },
    {
      id: 'google.policy-size',
      class: 'remote_system_error',
      why: 'The recipients of one transaction have too many rules between them.',
      phrases: ['domain policy size per transaction'],
      examples: ['452 4.5.3 Domain policy size per transaction exceeded'],
    },
    {
      id: 'google.not-connected',
      class: 'expired',
      why: 'Gmail, which sent the mail on, gave up connecting to the server of the recipient.',
      signed: true,
      phrases: ['did not accept our requests to connect'],
      examples: [
        'The recipient server did not accept our requests to connect. [mx.acme.example 192.0.2.7: timed out] https://support.google.com/mail',
      ],
    },
    {
      id: 'google.receiving-rate',
      class: 'recipient_rate_limited',
      why: 'One user of Gmail receives too much; it is not about us.',
      phrases: ['(receivingrate|receivingratep)'],
      examples: [
        '450 4.2.1 Not delivered, see https://support.google.com/mail/?p=ReceivingRate - gsmtp',
      ],
    },
    {
      id: 'google.authentication',
      class: 'auth_failed',
      why: 'Gmail limits or refuses mail without SPF, DKIM or alignment, whatever else it says.',
      signed: true,
      enhanced: ['x.7.26', 'x.7.27', 'x.7.30', 'x.7.32', 'x.7.40', 'x.7.24'],
      examples: ['421 4.7.32 This mail is limited, its From does not fit. - gsmtp'],
    },
    {
      id: 'google.tls',
      class: 'tls_required',
      why: 'Gmail wants encryption from senders.',
      signed: true,
      enhanced: ['x.7.29'],
      examples: ['421 4.7.29 This mail is limited, for it came in the clear. - gsmtp'],
    },
    {
      id: 'google.over-quota',
      class: 'mailbox_full',
      why: 'The user of Gmail has used up the storage.',
      phrases: ['(overquotatemp|overquotaperm|overquota)'],
      examples: ['452 4.2.2 See https://support.google.com/mail/?p=OverQuotaTemp - gsmtp'],
    },
    {
      id: 'google.disabled',
      class: 'mailbox_inactive',
      why: 'The account is disabled or was not used for long.',
      phrases: ['(disableduser|inactiveuser)'],
      examples: ['550 5.2.1 See https://support.google.com/mail/?p=DisabledUser - gsmtp'],
    },
    {
      id: 'google.no-such-user',
      class: 'user_unknown',
      why: 'Gmail knows no such account.',
      phrases: ['nosuchuser'],
      examples: ['550 5.1.1 See https://support.google.com/mail/?p=NoSuchUser - gsmtp'],
    },
    {
      id: 'google.likely-unsolicited',
      class: 'spam_content',
      why: 'Gmail takes the message for unsolicited mail.',
      phrases: ['(unsolicitedmessageerror|unsolicitedcontenterror)'],
      not: ['reputation'],
      examples: [
        '550 5.7.1 Refused, see https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp',
      ],
    },
    {
      id: 'google.rate-blocked',
      class: 'blocklisted',
      why: 'Gmail saw more mail from the address than usual and has blocked it: elsewhere it says that it limits for a time.',
      phrases: ['unusual rate of'],
      with: ['ip address has been blocked'],
      examples: ['550 5.7.1 An unusual rate of mail, your IP address has been blocked. - gsmtp'],
    },
    {
      id: 'google.unusual-rate',
      class: 'rate_limited',
      why: 'Gmail sees more mail from the address, the domain or a link than usual; 4.7.28 is used for all of them.',
      phrases: ['(unsolicitedratelimiterror|unsolicitediperror)'],
      examples: [
        '421 4.7.28 Limited, see https://support.google.com/mail/?p=UnsolicitedRateLimitError - gsmtp',
      ],
    },
    {
      id: 'google.session-suspicious',
      class: 'blocklisted',
      why: 'Gmail closes the session at once, because of where it comes from.',
      signed: true,
      phrases: ['try again later closing connection', 'ip not in whitelist for rcpt domain'],
      enhanced: ['4.7.0'],
      examples: ['421 4.7.0 Try again later, closing connection. - gsmtp'],
    },
  ],
};
