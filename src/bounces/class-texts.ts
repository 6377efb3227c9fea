import type { BounceClass } from '../mail/bounce-class.ts';

/** A class in words, for operators: what happened, and what to do about it. */
export interface ClassText {
  readonly happened: string;
  readonly advice: string;
}

const wait = 'Nothing: it is tried again.';

/** Every class in words, each text a sentence of its own. */
export const classTexts: Readonly<Record<BounceClass, ClassText>> = {
  user_unknown: {
    happened: 'There is no such address at the receiving domain.',
    advice: 'Ask the contact for the right address, or take it off your lists.',
  },
  mailbox_inactive: {
    happened: 'The mailbox exists but is closed, disabled or no longer used.',
    advice: 'Look for another address of the contact; after 90 days it may be tried again.',
  },
  mailbox_full: {
    happened: 'The mailbox has no room for more mail.',
    advice: 'Nothing: it is tried again later, and the address rests if it stays full.',
  },
  recipient_moved: {
    happened: 'The recipient has moved to another address.',
    advice: 'Take the new address from the text, if it names one.',
  },
  recipient_refused: {
    happened: 'The recipient, or a rule of her own, does not want mail from this sender.',
    advice: 'Respect it: this sender writes no more to this recipient.',
  },
  recipient_rate_limited: {
    happened: 'This one recipient gets too much mail at the moment, from everybody together.',
    advice: wait,
  },
  suppressed: {
    happened: 'The relay has the recipient on its own list of addresses that it sends nothing to.',
    advice: 'Look up the reason at the relay, and remove the entry there if it is wrong.',
  },
  domain_unknown: {
    happened: "The recipient's domain does not exist or has no mail server.",
    advice: 'Look for a typing error behind the @.',
  },
  domain_refuses_mail: {
    happened: "The recipient's domain says that it takes no mail at all.",
    advice: 'Look for another address of the contact.',
  },
  network_error: {
    happened: 'The servers could not reach each other, or the mail went in a circle.',
    advice: wait,
  },
  remote_system_error: {
    happened: 'The receiving server has trouble of its own.',
    advice: wait,
  },
  remote_system_full: {
    happened: 'The receiving server as a whole has no room or no resources left.',
    advice: wait,
  },
  delivery_agent_error: {
    happened: 'The program that files mail for the recipient failed.',
    advice: wait,
  },
  expired: {
    happened: 'A server tried for as long as it was told to and gave up.',
    advice:
      'Look whether other mail to the domain arrives; then send it again if it still matters.',
  },
  tls_required: {
    happened: 'One of the servers insists on encryption that the other did not offer or prove.',
    advice:
      'Look at the TLS settings of the route, or tell the administrator of the receiving server.',
  },
  blocklisted: {
    happened: 'The address that mail is sent from, or a domain in it, is on a block list.',
    advice: 'Follow the link in the reply, find out why it was listed, then ask for removal.',
  },
  low_reputation: {
    happened: 'The receiving side thinks little of the sending address or domain.',
    advice: 'Send less, to people who want it, and watch the share of complaints.',
  },
  ptr_missing: {
    happened:
      'The sending address has no name in reverse DNS, or one that does not lead back to it.',
    advice: 'Let whoever runs the sending address set its PTR record.',
  },
  rate_limited: {
    happened: 'The receiving side wants mail more slowly or over fewer connections.',
    advice: 'Nothing: this way slows down by itself. Lower the limit of the route if it goes on.',
  },
  greylisted: {
    happened: 'The server wants to see whether it is asked a second time.',
    advice: wait,
  },
  spam_content: {
    happened: 'The message looks like spam to the receiving side.',
    advice: 'Look at text, links and list; the same message will be refused again.',
  },
  virus: {
    happened: 'The receiving side found a virus or something like it.',
    advice: 'Look at the attachments and at the machine they come from, at once.',
  },
  content_rejected: {
    happened: 'Something in the message is not allowed there: an attachment, a header, its form.',
    advice: 'Change what the reply names and send it anew.',
  },
  message_too_large: {
    happened: 'The message is larger than the receiving side takes.',
    advice: 'Send a link instead of the attachment.',
  },
  policy: {
    happened: 'A rule of the receiving side forbids it, and it does not say which.',
    advice: 'Ask the administrator of the receiving side if it concerns several recipients.',
  },
  auth_failed: {
    happened: 'SPF, DKIM or DMARC of the From domain did not pass.',
    advice: 'Run `onbehalf domain check` on the From domain and add the records that it shows.',
  },
  sender_rejected: {
    happened: 'The sender address or its domain is refused there.',
    advice: 'Look whether the address exists and its domain has mail servers.',
  },
  relay_denied: {
    happened: 'A server said that it does not pass mail on to that recipient.',
    advice: 'Look at the MX records of the domain and at the login of the route.',
  },
  security: {
    happened: 'A server wants a login or a security setting that was not right.',
    advice: 'Look at user, password and TLS of the route.',
  },
  protocol_error: {
    happened: 'The servers did not understand each other.',
    advice: 'Look at the commands in the log of the relay if it happens more than once.',
  },
  complaint: {
    happened: 'The recipient marked a mail as spam.',
    advice: 'Never write to the address again; look why she did it.',
  },
  auto_reply: {
    happened: 'A program answered in the place of the recipient; the mail arrived.',
    advice: 'Nothing.',
  },
  challenge_response: {
    happened: "The recipient's filter wants a person to confirm the mail.",
    advice: 'Let the user confirm it by hand if it matters.',
  },
  delivered: {
    happened: 'The mail was delivered.',
    advice: 'Nothing.',
  },
  not_a_bounce: {
    happened: 'It tells nothing of a delivery.',
    advice: 'Nothing.',
  },
  unknown: {
    happened: 'The words say nothing that is known.',
    advice: 'Read the reply; a rule of your own can name it (docs/bounce-classes.md).',
  },
};
