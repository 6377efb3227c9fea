import type { RuleFile } from '../rule.ts';

/** Amazon SES. */
export const amazonSes: RuleFile = {
  name: 'ses',
  kind: 'provider',
  signatures: ['(amazonses|amazonaws|amazon)'],
  rules: [
    {
      id: 'ses.suppressed',
      class: 'suppressed',
      why: 'The address is on the suppression list of the account or of SES.',
      phrases: [
        'amazon ses has suppressed',
        'amazon ses did not send',
        'account suppression list',
        'ses * suppress~',
      ],
      examples: ['Amazon SES did not send the mail to this address, it bounced lately'],
    },
    {
      id: 'ses.not-verified',
      class: 'relay_denied',
      why: 'The account may not send as this identity, or to it while in the sandbox.',
      phrases: ['email address is not verified', 'identities failed the check in region'],
      examples: ['554 Message rejected: Email address is not verified. bounce@mail.example'],
    },
    {
      id: 'ses.paused',
      class: 'security',
      why: 'SES has stopped the account.',
      phrases: [
        '(sending|account) *3 (paused|shut down) * (account|sending)',
        'sending suspended for this account',
        'account is paused',
      ],
      examples: ['554 Sending suspended for this account, contact customer support'],
    },
  ],
};

/** SendGrid, Mailgun, Postmark, SparkPost and others that send for their customers. */
export const sendingServices: RuleFile = {
  name: 'relay',
  kind: 'theme',
  signatures: [
    '(sendgrid|mailgun|postmark|postmarkapp|sparkpost|sparkpostmail|mailjet|brevo|sendinblue|mandrill|mailersend|socketlabs|elasticemail|resend)',
  ],
  rules: [
    {
      id: 'relay.dropped',
      class: 'suppressed',
      why: 'The service drops mail to addresses that bounced, complained or unsubscribed.',
      phrases: [
        '(unsubscribed address|spam reporting address|invalid smtpapi)',
        '(inactive recipient|marked as inactive) *10 (bounce|complaint|suppression|hard|inactive|postmark)',
        'recipient *3 (is)? on (the|a|your|our)? (suppression|bounce|unsubscribe) list',
        '(blacklisted|hard bounced|soft bounced) recipient',
      ],
      examples: ['554 Unsubscribed Address'],
    },
    {
      id: 'relay.account-limit',
      class: 'rate_limited',
      why: 'The plan of the account allows no more for now.',
      phrases: [
        'maximum credits exceeded',
        '(account|plan|domain) *4 (probation|sending limit|message limit|credits)',
        'domain * is not allowed to send * (recipient limit|limit)',
        'exceeded your (messaging limits|plan|allowance)',
      ],
      examples: [
        '451 Authentication passed, but maximum credits exceeded',
        '550 The plan of this account allows no more: message limit',
      ],
    },
    {
      id: 'relay.account-stopped',
      class: 'security',
      why: 'The service has stopped the account of the sender.',
      phrases: [
        '(your|sender|sending) (account|domain|server|user) *3 (suspended|disabled|under review|deactivated|not activated|on hold|not active|terminated)',
        'account * not (permitted|allowed|approved) to send',
        'unconfigured sending domain',
      ],
      not: ['recipient'],
      examples: ['550 5.7.1 Your account is suspended, contact support'],
    },
    {
      id: 'relay.sender-identity',
      class: 'sender_rejected',
      why: 'The service sends only for identities that the account has verified.',
      phrases: [
        'sender (signature|identity|domain) *3 (not|isnt|unverified|unconfirmed)',
        '(unverified|unconfirmed) (sender|sending domain|domain|sender domain)',
      ],
      examples: ['550 This is an unverified sender'],
    },
  ],
};
