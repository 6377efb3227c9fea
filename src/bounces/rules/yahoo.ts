import type { RuleFile } from '../rule.ts';

/** Yahoo, AOL and what else runs on their servers. */
export const yahoo: RuleFile = {
  name: 'yahoo',
  kind: 'provider',
  provider: 'yahoo',
  signatures: [
    '(yahoo|yahooinc|aol|verizonmedia|yahoodns|sbcglobal|ymail|rogers)',
    'delivery error dd',
  ],
  rules: [
    {
      id: 'yahoo.volume-or-complaints',
      class: 'low_reputation',
      why: 'Yahoo holds mail of this address back because of its volume or of complaints.',
      phrases: ['(tss01|tss02|tss04|tss05|tss06|tss07|ts01|ts02|ts04|gl01)'],
      examples: ['421 4.7.0 [TSS04] Mail of 192.0.2.7 is deferred for now'],
    },
    {
      id: 'yahoo.permanently-deferred',
      class: 'sender_rejected',
      why: 'Yahoo will take nothing from here, however often it is tried.',
      phrases: ['(tss09|tss11|ts03|tss03|tss10)'],
      examples: ['553 5.7.2 [TSS09] No mail of 192.0.2.7 is taken'],
    },
    {
      id: 'yahoo.listed',
      class: 'blocklisted',
      why: 'The address is on a list that Yahoo uses.',
      phrases: ['(bl21|bl22|bl23|bl24|mxxx|rp-1)'],
      examples: ['553 5.7.1 [BL21] Connections from 192.0.2.7 are refused'],
    },
    {
      id: 'yahoo.policy',
      class: 'policy',
      why: 'Yahoo refuses the content or the links, in the words of a policy.',
      phrases: ['(ph01|ph02|pr01|rl01|dy01)', 'message not allowed'],
      not: ['dmarc'],
      examples: ['554 Message not allowed - [PH01] Policy'],
    },
    {
      id: 'yahoo.disabled',
      class: 'mailbox_inactive',
      why: 'The mailbox was closed or not used for long.',
      phrases: ['554 30'],
      examples: ['554 30 Sorry, your mail to jane@acme.example cannot pass (554.30)'],
    },
    {
      id: 'yahoo.no-longer-valid',
      class: 'mailbox_inactive',
      why: 'Yahoo says so of accounts that were closed.',
      signed: true,
      phrases: ['is no longer valid'],
      examples: ['554 delivery error: dd jane@acme.example is no longer valid. - mta.yahoo.com'],
    },
    {
      id: 'yahoo.no-account',
      class: 'user_unknown',
      why: 'Yahoo has no such account.',
      phrases: ['this user doesnt have a (yahoo|aol|ymail) * account', 'not a valid yahoo'],
      examples: ["554 delivery error: dd This user doesn't have a yahoo.com account"],
    },
  ],
};
