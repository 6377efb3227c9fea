import type { RuleFile } from '../rule.ts';

/** The recipient is elsewhere, or the relay will not try again. */
export const moved: RuleFile = {
  name: 'moved',
  kind: 'theme',
  rules: [
    {
      id: 'moved.suppressed',
      class: 'suppressed',
      why: 'The relay keeps a list of its own of addresses that bounced, complained or unsubscribed.',
      phrases: [
        '(suppression|suppressed|suppress) (list|lists|address|recipient|entry)?',
        '(address|recipient) *4 (is on|on|in) *3 (suppression|bounce|bounces|unsubscribe|unsubscribed|invalid|drop) list',
        '(not delivering to|not delivering|wont deliver|will not deliver|not sent|not attempted|dropped|skipped) *4 (previously|previous|past|earlier)',
        '(previously|already) (bounced|unsubscribed|complained|hard bounced)',
        '(unsubscribed|bounced|spam reporting|bounced address|unsubscribed address|spam reporting address) (address|recipient)',
        '(has|have) (been)? (unsubscribed|opted out)',
        'recipient (has)? (opted out|unsubscribed)',
        '(known|recorded) (to have)? bounced',
        'globally unsubscribed',
        '(bounced|complained|unsubscribed) (before|earlier|previously)',
        '(do not|dont) (mail|email|send|contact) list',
        '(earlier|previous|prior|former) (hard)? (bounce|bounces|complaint|complaints|unsubscription)',
        'inactive recipient * (bounced|complaint|manually)',
      ],
      examples: [
        '550 The address is on the suppression list of this account',
        '554 5.7.1 Not delivering to a previously bounced address',
      ],
    },
    {
      id: 'moved.not-local',
      class: 'recipient_moved',
      why: 'RFC 5321: 551 says that the user is not local, and to try elsewhere.',
      codes: ['551'],
      phrases: ['(not|isnt) (a)? (our|local|my) (user|customer|account|mailbox)', 'not local'],
      examples: ['551 Not our user'],
      counterExamples: ['550 Not our user'],
    },
    {
      id: 'moved.new-address',
      class: 'recipient_moved',
      why: 'The recipient has another address now.',
      phrases: [
        '(now known|is now|now at|now reachable) *2 @',
        '(user|mailbox|account|address|recipient|person|addressee|he|she|email|domain) *4 (moved|relocated|changed|migrated|has a new|has changed|replaced)',
        '(new address|forwarding address|please use|now use|write to|send (mail|email|it) to|try|use instead|use the new|contact me at|reachable at|please try|new email address|has been changed to|has changed to|moved to|please forward to|please send to|update your) *4 @',
        '(user|recipient) not local *3 (please)? try',
        '(moved|changed|relocated) *3 (permanently|address|to)',
        'new (email|mail)? address',
        '@ instead',
        'no longer at this address',
        '(please)? (update|change) your (address book|records|addressbook|contacts)',
      ],
      not: [
        'owner',
        'to yourself',
        'postmaster',
        '(help|abuse|support|assistance|questions|contact|error|report|removal)',
        '(mail|messages|message) (has been|was) moved',
      ],
      examples: [
        '551 5.1.6 Jane has moved, please use jane@new.example',
        '550 The address has changed to jane@new.example',
      ],
    },
  ],
};
