import type { RuleFile } from '../rule.ts';

/*
 * Filters that stand before the servers of companies. Their words are mostly plain; only what nobody
 * could guess has a rule here.
 */

/** Mimecast. */
export const mimecast: RuleFile = {
  name: 'mimecast',
  kind: 'provider',
  signatures: ['(mimecast)'],
  rules: [
    {
      id: 'mimecast.dmarc',
      class: 'auth_failed',
      why: 'Mimecast refuses the envelope because DMARC or an anti-spoofing rule says so.',
      phrases: [
        'dmarc sender invalid',
        '(anti-spoofing|anti spoofing) (policy|lockout|header)',
        'inbound not allowed',
      ],
      examples: [
        '550 DMARC Sender Invalid - envelope rejected',
        '550 Anti-Spoofing policy - Inbound not allowed',
      ],
    },
    {
      id: 'mimecast.user-entry',
      class: 'recipient_refused',
      why: 'The user has put the sender on a list.',
      phrases: [
        'envelope blocked user entry',
        'envelope blocked user domain entry',
        'rejected by header based manually blocked senders',
        'manual envelope rejection',
        'manually blocked',
      ],
      examples: [
        '550 Envelope blocked - User Entry - https://community.mimecast.com',
        '550 Manual Envelope Rejection',
      ],
    },
    {
      id: 'mimecast.relay',
      class: 'relay_denied',
      why: 'The domain is not served there.',
      phrases: ['open relay not allowed', 'rejected by customer relay', 'submission only'],
      examples: ['451 Open relay not allowed - https://community.mimecast.com'],
    },
    {
      id: 'mimecast.greylist',
      class: 'greylisted',
      why: 'Mimecast greylists in words of its own.',
      phrases: [
        'internal resources are temporarily unavailable',
        'resources are temporarily unavailable',
      ],
      examples: [
        '451 Internal resources are temporarily unavailable - https://community.mimecast.com',
      ],
    },
  ],
};

/** Proofpoint. */
export const proofpoint: RuleFile = {
  name: 'proofpoint',
  kind: 'provider',
  signatures: ['(proofpoint|pphosted|ppe-hosted|ppops)'],
  rules: [
    {
      id: 'proofpoint.listed',
      class: 'blocklisted',
      why: 'Proofpoint Dynamic Reputation blocks the address.',
      phrases: [
        '(ipcheck|support proofpoint com dnsbl-lookup|proofpoint dynamic reputation)',
        'blocked see https ipcheck',
      ],
      examples: ['550 5.7.1 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7'],
    },
  ],
};

/** Barracuda. */
export const barracuda: RuleFile = {
  name: 'barracuda',
  kind: 'provider',
  signatures: ['(barracuda|barracudanetworks|cudamail|cuda)'],
  rules: [
    {
      id: 'barracuda.no-such-user',
      class: 'user_unknown',
      why: 'The name of the check says it: no such user.',
      phrases: ['cuda nsu'],
      not: ['(temporary|server error)'],
      examples: ['550 cuda_nsu jane@acme.example'],
    },
    {
      id: 'barracuda.greylist',
      class: 'greylisted',
      why: 'Barracuda says this of the first try.',
      signed: true,
      codes: ['451'],
      phrases: ['try again later'],
      not: ['(temporary|error|cuda nsu)'],
      examples: ['451 4.7.1 Try again later. (barracuda)'],
    },
  ],
};

/** Cisco IronPort and Cisco Secure Email. */
export const cisco: RuleFile = {
  name: 'cisco',
  kind: 'provider',
  signatures: ['(ironport|iphmx|cisco)'],
  rules: [
    {
      id: 'cisco.low-score',
      class: 'low_reputation',
      why: 'SenderBase gives the address a bad score.',
      phrases: ['(senderbase|talosintelligence|sbrs)'],
      examples: ['554 Your access was rejected, see https://talosintelligence.com'],
    },
  ],
};

/** Symantec Email Security.cloud, the former MessageLabs, now of Broadcom. */
export const symantec: RuleFile = {
  name: 'symantec',
  kind: 'provider',
  signatures: ['(symanteccloud|messagelabs|broadcom|symantec)'],
  rules: [
    {
      id: 'symantec.filtered',
      class: 'spam_content',
      why: 'Symantec says no more than that a filter took the message.',
      signed: true,
      phrases: ['message filtered'],
      examples: ['553 Message filtered. Refer to http://www.symanteccloud.com'],
    },
    {
      id: 'symantec.client-invalid',
      class: 'recipient_refused',
      why: 'The list of recipients that the customer keeps there does not have this one.',
      phrases: ['recipient address not known to the service', 'invalid recipient * messagelabs'],
      examples: ['550 Recipient address not known to the service'],
    },
    {
      id: 'symantec.traffic-shaped',
      class: 'rate_limited',
      why: 'Connections of this address are slowed down.',
      phrases: ['connection (rejected|deferred) * traffic'],
      examples: ['421 Connection deferred because of our traffic rules'],
    },
  ],
};

/** Cloudmark. */
export const cloudmark: RuleFile = {
  name: 'cloudmark',
  kind: 'provider',
  signatures: ['(cloudmark|csi)'],
  rules: [
    {
      id: 'cloudmark.listed',
      class: 'blocklisted',
      why: 'Cloudmark Sender Intelligence blocks the address; a form there resets it.',
      phrases: ['(reset-request|csi cloudmark com)'],
      not: ['reputation', 'tls'],
      examples: ['550 Blocked, see http://csi.cloudmark.com/reset-request/?ip=192.0.2.7'],
    },
  ],
};

/** Trend Micro, Fortinet, Sophos and others of which little must be known. */
export const otherFilters: RuleFile = {
  name: 'filters',
  kind: 'provider',
  rules: [
    {
      id: 'filters.trend-micro',
      class: 'blocklisted',
      why: 'The address is on a list of Trend Micro.',
      phrases: ['(mail-abuse com|ers trendmicro|qil|rbl plus|email reputation services)'],
      examples: ['550 5.7.1 192.0.2.7 is in QIL, see https://servicecentral.trendmicro.example'],
    },
    {
      id: 'filters.fortinet',
      class: 'spam_content',
      why: 'FortiGuard takes the message for spam.',
      phrases: [
        '(fortiguard|fortinet|fortimail) *6 (spam|rejected|block|blocked|url|listed)',
        '5 7 1 this message has been blocked because it contains fortispamurl',
        'fortispamurl',
      ],
      examples: ['554 5.7.1 This message has been blocked, it contains FortiSpamURL'],
    },
    {
      id: 'filters.mailchannels',
      class: 'spam_content',
      why: 'MailChannels, a relay of web hosts, takes the message or its sender for spam.',
      phrases: [
        '(mailchannels) *8 (spam|blocked|refused|rejected|tos)',
        'email sent from the * mailchannels',
      ],
      examples: ['550 5.7.1 [SDB] MailChannels blocked this, it looks like spam'],
    },
    {
      id: 'filters.hornet',
      class: 'greylisted',
      why: 'This filter asks unknown senders to come again.',
      phrases: ['(hornetsecurity|antispameurope) *8 (again|later|retry|delayed)'],
      examples: ['451 4.7.1 Hornetsecurity: come again later'],
    },
  ],
};
