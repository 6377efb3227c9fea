import type { RuleFile } from '../rule.ts';

/** GoDaddy and Secureserver: their IB codes say more than their words. */
export const godaddy: RuleFile = {
  name: 'godaddy',
  kind: 'provider',
  signatures: ['(secureserver|godaddy)'],
  rules: [
    {
      id: 'godaddy.listed',
      class: 'blocklisted',
      why: 'The address is on a list of others or of GoDaddy itself.',
      phrases: ['(ib102|ib104|ib105|ib106|ib108|ib110|ib111|ib112|ib113)'],
      examples: ['554 Refused, 192.0.2.7. IB105'],
    },
    {
      id: 'godaddy.reputation',
      class: 'low_reputation',
      why: 'A bad score of the address at Cloudmark.',
      phrases: ['(ib103|ib109)'],
      examples: ['554 Refused, 192.0.2.7. IB103'],
    },
    {
      id: 'godaddy.rate',
      class: 'rate_limited',
      why: 'Limits of sessions, messages and recipients, also where the code says 5.1.1.',
      phrases: ['(ib007|ib101|ib504|ib510|ib607|ib607a|ib607b|ib607c|ib605|rlbounce|ib401)'],
      examples: ['550 5.1.1 <jane@acme.example> Not now, 192.0.2.7. IB607'],
    },
    {
      id: 'godaddy.sender',
      class: 'content_rejected',
      why: 'The From field is not one that GoDaddy takes.',
      phrases: ['(ib501|ib502|ib503)'],
      examples: ['550 jane@acme.example Give another From. IB501'],
    },
    {
      id: 'godaddy.from-domain',
      class: 'sender_rejected',
      why: 'The domain of the sender does not exist or is refused.',
      phrases: ['(ib506|ib507|ib705 from|ib301)'],
      examples: ['550 acme.example Give another From. IB506'],
    },
    {
      id: 'godaddy.spf',
      class: 'auth_failed',
      why: 'SPF did not pass.',
      phrases: ['ib508'],
      examples: ['550 jane@acme.example See your settings. IB508'],
    },
    {
      id: 'godaddy.spam',
      class: 'spam_content',
      why: 'A link or the content is taken for spam.',
      phrases: ['(ib212|ib701|ib702|ib703|ib704|ib706|ib211|ib213)'],
      examples: ['552 Refused. IB703'],
    },
    {
      id: 'godaddy.virus',
      class: 'virus',
      why: 'A virus was found.',
      phrases: ['ib705'],
      examples: ['552 Refused. IB705'],
    },
  ],
};

/** GMX, web.de, 1&1, IONOS: their explanations are in the address of a page. */
export const unitedInternet: RuleFile = {
  name: 'gmx',
  kind: 'provider',
  signatures: ['(gmx|web de|1and1|kundenserver|ionos|mail com|postmaster 1and1)'],
  rules: [
    {
      id: 'gmx.resets',
      class: 'rate_limited',
      why: 'Too many mails or connections from this address in a short time.',
      phrases: ['c rl', 'error-messages * c rl'],
      signed: true,
      examples: ['421 mx.gmx.net refused, see https://postmaster.gmx.net/de/fehlermeldungen?c=rl'],
    },
    {
      id: 'gmx.reverse-dns',
      class: 'ptr_missing',
      why: 'The page that is named speaks of a missing PTR record.',
      phrases: ['c rdns', 'bad dns ptr resource record'],
      examples: ['554 Refused, see https://postmaster.gmx.net/de/fehlermeldungen?c=rdns'],
    },
    {
      id: 'gmx.listed',
      class: 'blocklisted',
      why: 'The page that is named speaks of a blocked address.',
      phrases: ['c bl', 'bad dns response * block', 'ip address is block listed'],
      signed: true,
      examples: ['554 Refused, see https://postmaster.gmx.net/de/fehlermeldungen?c=bl'],
    },
    {
      id: 'gmx.header-policy',
      class: 'policy',
      why: 'A rule about headers refused the mail.',
      phrases: ['policy restrictions', 'header based'],
      not: ['manually'],
      examples: ['550 Reject due to policy restrictions (header based)'],
    },
  ],
};

/** Zoho. */
export const zoho: RuleFile = {
  name: 'zoho',
  kind: 'provider',
  signatures: ['(zoho|zohomail)'],
  rules: [
    {
      id: 'zoho.mailbox-policy',
      class: 'policy',
      why: 'Zoho says so of mailboxes that it does not deliver to for a reason of its own.',
      phrases: ['mailbox delivery failure policy error'],
      examples: ['552 5.1.1 <jane@acme.example> Mailbox delivery failure policy error'],
    },
  ],
};

/** Comcast, Cox, AT&T, Charter and other access providers of North America. */
export const accessProviders: RuleFile = {
  name: 'isp',
  kind: 'provider',
  signatures: [
    '(comcast|xfinity|cox|att|prodigy|bellsouth|charter|rr com|spectrum|centurylink|frontier|windstream|earthlink|optimum|cableone)',
  ],
  rules: [
    {
      id: 'isp.comcast-listed',
      class: 'blocklisted',
      why: 'Codes of Comcast for a blocked address.',
      phrases: [
        '(bl000000|bl000001|bl000010|bl000100)',
        'comcast block for spam',
        'block for spam',
      ],
      examples: ['554 resimta.comcast.example 192.0.2.7 Comcast block for spam. BL000000'],
    },
    {
      id: 'isp.comcast-reverse-dns',
      class: 'ptr_missing',
      why: 'The code of Comcast for a missing PTR record.',
      phrases: ['ptr1000010'],
      examples: ['421 Refused. PTR1000010'],
    },
    {
      id: 'isp.comcast-rate',
      class: 'rate_limited',
      why: 'Codes of Comcast for too much mail.',
      phrases: ['(rl000001|rl000002|rl000003|rl000010|rl000011|rl000100)'],
      examples: ['421 Try later. RL000001'],
    },
    {
      id: 'isp.cox-listed',
      class: 'blocklisted',
      why: 'Codes of Cox for a blocked address.',
      phrases: ['(cxbl|cxrep|cxdns|cxsndr)', 'aup (in-1|#|out)'],
      not: ['1310'],
      examples: ['554 eastrmimpi.cox.example 192.0.2.7 refused. CXBL'],
    },
    {
      id: 'isp.spectrum-rate',
      class: 'rate_limited',
      why: 'The number of Spectrum for more mail than it takes; the words in front of it are "sender rejected".',
      phrases: ['aup * 1310'],
      examples: ['550 5.1.0 <bounce@mail.example> sender rejected. AUP#In-1310'],
    },
    {
      id: 'isp.sender-refused',
      class: 'sender_rejected',
      why: 'A refused sender, also where the code 5.1.0 speaks of an address.',
      phrases: ['sender rejected'],
      not: ['recipient'],
      examples: ['550 5.1.0 <bounce@mail.example> sender rejected'],
    },
    {
      id: 'isp.att-listed',
      class: 'blocklisted',
      why: 'AT&T tells blocked addresses to write to its abuse desk.',
      phrases: ['abuse rbl', 'dnsbl attrbl', 'att net * blocked'],
      examples: ['553 5.3.0 DNSBL:ATTRBL 521 192.0.2.7 refused'],
    },
  ],
};
