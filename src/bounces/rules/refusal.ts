import type { RuleFile } from '../rule.ts';

/** Refusals by the recipient's own choice, and refusals without a reason. */
export const refusal: RuleFile = {
  name: 'refusal',
  kind: 'theme',
  rules: [
    {
      id: 'refusal.by-recipient',
      class: 'recipient_refused',
      why: 'The recipient, not the server, does not want mail of this sender.',
      phrases: [
        '(recipient|user|addressee|mailbox owner|recipients|account owner|customer|subscriber|account|mailbox|list|group) *5 (has|have|does not|doesnt|do not|only|not|is not|refuses|refused|rejected|rejects|blocks|blocked|declined|denies|chosen|configured|restricted|set) *5 (blocked|accept|accepts|want|wish|accepting|your (mail|email|messages|address)|you|mail from you|to receive|messages from you|authorized senders|this sender|certain senders|specific senders|from you|from this sender|from your|the sender|senders|mail from|messages from|allowed senders|internal)',
        '(blocked|rejected|refused|denied|declined|bounced|filtered|prohibited) (by|on behalf of|at the request of|per) *2 (recipient|recipients|user|users|the recipient|addressee|account owner|mailbox owner|customer|personal|individual)',
        '(you|sender|your address|your email|your email address|mail from you) *3 (have been|has been|are|is|was) *2 (blocked|rejected|banned) *2 by *2 (recipient|user|the recipient|recipients)',
        '(not|isnt|no) *2 (on|in|authorized|allowed|permitted) *4 (recipients|users)? (whitelist|allow list|white list|allowlist|safe senders|allowed senders|contact list|approved senders|accept list|address book of|approved sender)',
        '(rejected by|blocked by|filtered by) (recipient|user|users|recipients|their)',
        '(recipient|user) (policy|filter|filters|rule|rules|preferences|setting|settings|blocked senders|block list|blocklist|blacklist|whitelist)',
        '(notauthorized|resolver rst notauthorized|senderfilteragent|senderfilterconfig)',
        '(does not|doesnt|do not|dont|wont) (wish|want) to (receive|accept|get)',
        '(challenge|captcha|confirm your|sender verification) *4 (required|needed|response|request)',
        '(restricted|closed|private|moderated|members only) (list|group|mailing list|address|mailbox)',
        '(only|just) (members|subscribers|internal|authorized|approved) *3 (may|can|allowed|are allowed|send|post|senders|users)',
        '(not|isnt) (allowed|authorized|permitted) to (post|send|write) *3 (to)? (this|the|that) (list|group|recipient|mailbox|address|mailing list|user|distribution)',
        '(authenticated|internal|authorized|trusted) (senders|users|sender) only',
        'permanent failure for one or more recipients * blocked',
        '(you are|youre) (blocked|not allowed|banned) *3 (recipient|user|by)',
      ],
      not: [
        '(ip|host|dnsbl|rbl|spamhaus|server ip|client host)',
        'too (many|quickly|fast)',
        'receiving',
      ],
      examples: [
        '550 5.7.1 The recipient has blocked your address',
        '550 Only members may post to this list',
        '554 5.7.1 Refused by the user filter: this user does not want your mail',
      ],
    },
    {
      id: 'refusal.policy',
      class: 'policy',
      strength: 'weak',
      why: 'A policy of the server, which it does not tell more of.',
      phrases: [
        '(policy|policies|policyviolation|acl|security policy|access policy|administrative prohibition|administratively|administratively prohibited|administrative|administrator|terms of service|compliance|local reasons|policy reasons)',
        '(message|mail|email) * (violates|violate|violation|against)',
        '(prohibited|forbidden|restricted) by',
        'site rules',
        '(security) (reason|reasons|issue|risk|rule|rules)',
      ],
      examples: ['550 5.7.0 Refused for policy reasons'],
    },
    {
      id: 'refusal.access',
      class: 'policy',
      strength: 'last',
      why: 'A refusal without a reason.',
      phrases: [
        '(access|permission|connection|service|session|transaction|delivery|client|host|request|message|mail|email|client host|connections) *3 {refused}',
        '{refused} *3 (message|mail|email|connection|access|delivery)',
        '(not|un) (authorized|authorised|allowed|permitted|accepted)',
        '(unauthorized|unauthorised)',
        '{message} *3 {refused}',
        '(blocked|banned|forbidden|prohibited)',
      ],
      examples: ['550 Access was denied'],
    },
  ],
};
