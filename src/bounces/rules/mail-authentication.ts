import type { RuleFile } from '../rule.ts';

/** SPF, DKIM and DMARC of the mail. */
export const mailAuthentication: RuleFile = {
  name: 'mail-authentication',
  kind: 'theme',
  rules: [
    {
      id: 'auth.domain-policy',
      class: 'auth_failed',
      why: 'SPF, DKIM or DMARC of the sender did not pass.',
      phrases: [
        'p (reject|quarantine)',
        '(from|header|sender|domain) *3 (does not|doesnt|not|must|is not) (align|aligned|match|be aligned)',
        'claims to be (from|sent by)',
        '(dmarc|dmarcrejection|dmarcreject|adsp)',
        '(spf|dkim|sender policy framework|domainkeys|senderid|sender id|arc|dkim signature|spf record) *10 (fail|failed|fails|failure|failing|invalid|not|missing|none|reject|rejected|error|hardfail|hard fail|softfail|soft fail|denied|unauthorized|did not|does not|check|broken|violation|mismatch|permerror|bad|required|temperror|policy|verify|suspicious|pass)',
        '(fail|failed|fails|failure|failing|invalid|not|missing|no|violates|reject|rejected|require|requires|required|without|bad|hardfail|either|by|pass|passing|lacks|per) *4 (spf|dkim|sender policy framework|domainkeys|dkim signature|spf record|spf check|openspf)',
        '(unauthenticated|unauthenticated email|unauthenticated mail|unauthenticated message)',
        '(email|mail|message|messages|sender|domain|senders) (is|was|are|were)? (unauthenticated|not authenticated|not properly authenticated)',
        '(message|mail|email|sender|domain|from|multiple) *4 authentication (checks|check|requirements|policy|level|results)',
        '(authentication|authenticate) *3 (checks|check) *2 (fail|failed|fails|failure)',
        '(fails|failed|fail|does not|not) *3 (to)? pass (the)? authentication',
        'does not meet *3 authentication (level|requirements)',
        '(sender|from|domain) *3 (not aligned|alignment|misaligned|unaligned)',
        '(not|isnt) (a)? (permitted|designated|authorized|allowed|valid) (sender|mailer|host|source|ip|server|to send) *4 (for|by|from) (the)? (domain|domain of|spf|policy)?',
        '(rejecting|rejected|reject) spoofed (message|mail|email)',
        '(spoofed|spoofing|antispoofing|anti spoofing|spoof)',
        'openspf',
        '(valid|correct|working|proper) (dkim|spf|dmarc)',
        'no (designated|permitted|authorized) sender',
        '(authenticate|authenticated) *5 (spf|dkim|dmarc)',
        '(domainowner|domain owner) *3 policy',
        '(not (permitted|authorized|allowed)) *4 by (the)? (spf|domain|sender domain|domain owner)',
        'bodyhash *4 (not|verify|fail)',
      ],
      not: [
        '(you|user|client|sender) (are|is) not (allowed|permitted|authorized) to (send|use) *3 (from|as|with)',
        '(unauthenticated|anonymous) (senders|users|clients)',
        '(duplicate|multiple) (header|headers)',
        '(url|link)',
        'permitted to relay',
        'relay',
      ],
      examples: [
        '550 5.7.26 The mail does not pass DMARC of acme.example',
        '550 5.7.23 SPF check failed for acme.example',
        '451 4.7.20 No valid DKIM signature was found',
        '554 Unauthenticated mail of acme.example is not taken',
      ],
      counterExamples: ['535 5.7.8 Authentication failed'],
    },
  ],
};
