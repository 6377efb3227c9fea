import type { BounceClass, SuppressionAdvice } from '../../src/mail/bounce-class.ts';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';

/*
 * Sixty replies as servers give them, in words of our own, with what must become of each mail. They
 * are data, used by several tests: a relay answers them in a run of the whole system.
 */

/** When a mail is tried again. Waits in milliseconds, without the jitter. */
export type NextTry =
  /** It is over. */
  | { readonly kind: 'never' }
  /** After the first wait of a schedule: fast is never below 5 min where it is for greylisting. */
  | { readonly kind: 'after'; readonly waitMs: number }
  /** At the time that the server asked for, or a little later. */
  | { readonly kind: 'asked'; readonly waitMs: number }
  /** At once, over another relay. */
  | { readonly kind: 'other-route' }
  /** At once, over the same relay, encrypted if that can be had; where it was already, over another. */
  | { readonly kind: 'over-tls' }
  /** At once, masked in another mode. */
  | { readonly kind: 'masked-again' };

/** One reply, and what follows from it. */
export interface RealWorldReply {
  /** Local part of the recipient; unique. */
  readonly id: string;
  /** As it goes over the wire, lines apart by CRLF, without the last line end. */
  readonly reply: string;
  /** The command that is answered so. */
  readonly phase: 'rcpt' | 'dot';
  /** Who runs the recipient's mail; default nobody we know. */
  readonly provider?: Exclude<RecipientProvider, 'other'>;
  readonly class: BounceClass;
  /** Result of the attempt. */
  readonly result: 'deferred' | 'rejected';
  readonly next: NextTry;
  /** What the event tells of suppression; absent: nothing. */
  readonly suppression?: Exclude<SuppressionAdvice, { readonly kind: 'never' }>;
  /** What is slowed down by it; default nothing. */
  readonly slows?: 'route' | 'provider' | 'domain' | 'sender';
}

const minute = 60_000;
const hour = 60 * minute;

const never: NextTry = { kind: 'never' };
const std: NextTry = { kind: 'after', waitMs: minute };
const fast: NextTry = { kind: 'after', waitMs: minute };
const greylist: NextTry = { kind: 'after', waitMs: 5 * minute };
const slow: NextTry = { kind: 'after', waitMs: hour };
const backoff: NextTry = { kind: 'after', waitMs: 5 * minute };
const asked = (waitMs: number): NextTry => ({ kind: 'asked', waitMs });
const otherRoute: NextTry = { kind: 'other-route' };
const overTls: NextTry = { kind: 'over-tls' };
const maskedAgain: NextTry = { kind: 'masked-again' };

const address = { kind: 'now', of: 'address' } as const;
const pair = { kind: 'now', of: 'pair' } as const;
const domain = { kind: 'now', of: 'domain' } as const;
const inactive = { kind: 'now', of: 'address', days: 90 } as const;
const unknownThrice = { kind: 'after', count: 3, withinDays: 7 } as const;
const inactiveThrice = { kind: 'after', count: 3, withinDays: 14, days: 90 } as const;
const fullThrice = { kind: 'after', count: 3, withinDays: 14, days: 30 } as const;
const oddThrice = { kind: 'after', count: 3, withinDays: 30 } as const;

/** The table. */
export const realWorldReplies: readonly RealWorldReply[] = [
  // Addresses that do not exist, under many codes.
  {
    id: 'unknown-plain',
    reply:
      '550 5.1.1 <unknown-plain@example>: Recipient address rejected: User unknown in virtual mailbox table',
    phase: 'rcpt',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-gmail',
    reply:
      "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550 5.1.1 unnecessary spaces. - gsmtp",
    phase: 'rcpt',
    provider: 'gmail',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-microsoft',
    reply:
      '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM0EUR02FT049.eop-EUR02.prod.protection.outlook.com]',
    phase: 'rcpt',
    provider: 'microsoft',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-yahoo',
    reply:
      "554 delivery error: dd This user doesn't have a yahoo.com account (unknown-yahoo@yahoo.com) [0] - mta1001.mail.example.yahoo.com",
    phase: 'dot',
    provider: 'yahoo',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-policy-code',
    reply: '550 5.7.1 No such user here',
    phase: 'rcpt',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-no-code',
    reply: '551 Sorry, no mailbox here by that name',
    phase: 'rcpt',
    class: 'user_unknown',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'unknown-for-now',
    reply:
      '450 4.1.1 <unknown-for-now@example>: Recipient address rejected: User unknown in local recipient table',
    phase: 'rcpt',
    class: 'user_unknown',
    result: 'deferred',
    next: std,
    suppression: unknownThrice,
  },
  // Mailboxes that are there no more, or not at present.
  {
    id: 'inactive-disabled',
    reply: '550 5.2.1 The email account that you tried to reach is disabled.',
    phase: 'rcpt',
    class: 'mailbox_inactive',
    result: 'rejected',
    next: never,
    suppression: inactive,
  },
  {
    id: 'inactive-suspended',
    reply: '554 5.7.1 This account has been suspended by its administrator',
    phase: 'rcpt',
    class: 'mailbox_inactive',
    result: 'rejected',
    next: never,
    suppression: inactive,
  },
  {
    id: 'inactive-for-now',
    reply: '450 4.2.1 This mailbox is temporarily disabled',
    phase: 'rcpt',
    class: 'mailbox_inactive',
    result: 'deferred',
    next: slow,
    suppression: inactiveThrice,
  },
  {
    id: 'full-for-good',
    reply: '552 5.2.2 <full-for-good@example>: Mailbox full, quota exceeded',
    phase: 'rcpt',
    class: 'mailbox_full',
    result: 'rejected',
    next: slow,
    suppression: fullThrice,
  },
  {
    id: 'full-gmail',
    reply:
      "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\r\n452 4.2.2 recipient to learn how to free space. - gsmtp",
    phase: 'rcpt',
    provider: 'gmail',
    class: 'mailbox_full',
    result: 'deferred',
    next: slow,
    suppression: fullThrice,
  },
  {
    id: 'full-odd-code',
    reply: '554 5.7.1 The mailbox of this user is over its quota',
    phase: 'dot',
    class: 'mailbox_full',
    result: 'rejected',
    next: slow,
    suppression: fullThrice,
  },
  {
    id: 'moved',
    reply:
      '551 5.1.6 This recipient has moved to another address and can no longer be reached here',
    phase: 'rcpt',
    class: 'recipient_moved',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  {
    id: 'refused-by-recipient',
    reply: '550 5.7.1 The recipient has blocked mail from this sender',
    phase: 'rcpt',
    class: 'recipient_refused',
    result: 'rejected',
    next: never,
    suppression: pair,
  },
  {
    id: 'refused-restricted',
    reply:
      '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group',
    phase: 'dot',
    provider: 'microsoft',
    class: 'recipient_refused',
    result: 'rejected',
    next: never,
    suppression: pair,
  },
  {
    id: 'too-much-mail',
    reply:
      '450-4.2.1 The user you are trying to contact is receiving mail at a rate that\r\n450 4.2.1 prevents additional messages from being delivered. - gsmtp',
    phase: 'rcpt',
    provider: 'gmail',
    class: 'recipient_rate_limited',
    result: 'deferred',
    next: slow,
  },
  {
    id: 'too-much-mail-for-good',
    reply:
      '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n550 5.2.1 prevents additional messages from being delivered. - gsmtp',
    phase: 'rcpt',
    provider: 'gmail',
    class: 'recipient_rate_limited',
    result: 'rejected',
    next: slow,
  },
  {
    id: 'suppressed-by-relay',
    reply: '550 5.1.1 Recipient address is on our suppression list because of an earlier bounce',
    phase: 'rcpt',
    class: 'suppressed',
    result: 'rejected',
    next: never,
    suppression: address,
  },
  // Domains.
  {
    id: 'no-domain',
    reply: '550 5.1.2 Host unknown (Name server: no-domain.example: host not found)',
    phase: 'rcpt',
    class: 'domain_unknown',
    result: 'rejected',
    // Once more, since DNS is often wrong for a while; nobody is suppressed before that.
    next: std,
  },
  {
    id: 'no-domain-for-now',
    reply: '450 4.1.2 <no-domain-for-now@example>: Recipient address rejected: Domain not found',
    phase: 'rcpt',
    class: 'domain_unknown',
    result: 'deferred',
    next: std,
  },
  {
    id: 'null-mx',
    reply: '556 5.1.10 Recipient domain has a null MX and does not accept mail',
    phase: 'rcpt',
    class: 'domain_refuses_mail',
    result: 'rejected',
    next: never,
    suppression: domain,
  },
  {
    id: 'no-service',
    reply: '521 5.3.2 This host does not accept mail',
    phase: 'rcpt',
    class: 'domain_refuses_mail',
    result: 'rejected',
    next: never,
    suppression: domain,
  },
  // Servers and networks in trouble: the relay tells of it, and another one may get through.
  {
    id: 'no-answer',
    reply: '451 4.4.1 connect to mx.no-answer.example[192.0.2.7]:25: Connection timed out',
    phase: 'dot',
    class: 'network_error',
    result: 'deferred',
    next: otherRoute,
  },
  {
    id: 'dns-trouble',
    reply: '451 4.4.3 Temporary DNS lookup failure for dns-trouble.example',
    phase: 'rcpt',
    class: 'network_error',
    result: 'deferred',
    next: otherRoute,
  },
  {
    id: 'loop',
    reply: '554 5.4.6 Too many hops, mail forwarding loop detected',
    phase: 'dot',
    class: 'network_error',
    result: 'rejected',
    next: otherRoute,
  },
  {
    id: 'system-error',
    reply: '451 4.3.0 Temporary local problem, please try later',
    phase: 'dot',
    class: 'remote_system_error',
    result: 'deferred',
    next: otherRoute,
  },
  {
    id: 'system-misconfigured',
    reply: '554 5.3.5 Local configuration error',
    phase: 'dot',
    class: 'remote_system_error',
    result: 'rejected',
    next: otherRoute,
  },
  {
    id: 'disk-full',
    reply: '452 4.3.1 Insufficient system storage',
    phase: 'rcpt',
    class: 'remote_system_full',
    result: 'deferred',
    next: otherRoute,
  },
  {
    id: 'pipe-failed',
    reply: '550 5.3.0 Command died with status 127: "/usr/local/bin/deliver"',
    phase: 'dot',
    class: 'delivery_agent_error',
    result: 'rejected',
    next: slow,
  },
  // Us: our addresses, our rates, our login.
  {
    id: 'listed',
    reply: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    phase: 'rcpt',
    class: 'blocklisted',
    result: 'rejected',
    next: otherRoute,
    slows: 'domain',
  },
  {
    id: 'listed-microsoft',
    reply:
      "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    phase: 'dot',
    class: 'blocklisted',
    result: 'rejected',
    next: otherRoute,
    slows: 'domain',
  },
  {
    id: 'reputation-gmail',
    reply:
      '421-4.7.0 This message is suspicious due to the very low reputation of the sending\r\n421 4.7.0 domain. To best protect our users from spam, the message has been blocked.',
    phase: 'dot',
    class: 'low_reputation',
    result: 'deferred',
    next: otherRoute,
    slows: 'domain',
  },
  {
    id: 'no-ptr',
    reply: '550 5.7.25 The IP address sending this message does not have a PTR record setup',
    phase: 'dot',
    class: 'ptr_missing',
    result: 'rejected',
    next: otherRoute,
  },
  {
    id: 'rate',
    reply: '450 4.7.1 Error: too many messages from 192.0.2.1 in the last hour',
    phase: 'rcpt',
    class: 'rate_limited',
    result: 'deferred',
    next: backoff,
    slows: 'domain',
  },
  {
    id: 'rate-with-a-time',
    reply: '451 4.7.1 You are sending too fast, try again in 40 minutes',
    phase: 'rcpt',
    class: 'rate_limited',
    result: 'deferred',
    next: asked(40 * minute),
    slows: 'domain',
  },
  {
    id: 'rate-for-good',
    reply: '550 5.7.1 Rate limit exceeded for messages of this host, slow down',
    phase: 'rcpt',
    class: 'rate_limited',
    result: 'rejected',
    next: backoff,
    slows: 'domain',
  },
  {
    id: 'tls-needed',
    reply: '550 5.7.10 Encryption needed: this domain takes mail over TLS only',
    phase: 'rcpt',
    class: 'tls_required',
    result: 'rejected',
    next: overTls,
  },
  {
    id: 'relaying',
    reply: '554 5.7.1 <relaying@example>: Relay access denied',
    phase: 'rcpt',
    class: 'relay_denied',
    result: 'rejected',
    next: otherRoute,
  },
  {
    id: 'login-wanted',
    reply: '530 5.7.0 Authentication required',
    phase: 'rcpt',
    class: 'security',
    result: 'deferred',
    next: otherRoute,
  },
  // Greylisting: only this mail waits.
  {
    id: 'grey',
    reply:
      '450 4.2.0 <grey@example>: Recipient address rejected: Greylisted, see http://postgrey.example/help',
    phase: 'rcpt',
    class: 'greylisted',
    result: 'deferred',
    next: greylist,
  },
  {
    id: 'grey-with-a-time',
    reply: '451 4.7.1 Greylisting in action, please come back in 00:10:00',
    phase: 'rcpt',
    class: 'greylisted',
    result: 'deferred',
    next: asked(10 * minute),
  },
  {
    id: 'grey-in-other-words',
    reply: '451 4.7.1 First time we see this sender; temporarily deferred by greylist, retry later',
    phase: 'dot',
    class: 'greylisted',
    result: 'deferred',
    next: greylist,
  },
  // What stands in the mail.
  {
    id: 'spam',
    reply: '550 5.7.1 Message rejected: classified as spam by content analysis',
    phase: 'dot',
    class: 'spam_content',
    result: 'rejected',
    next: never,
  },
  {
    id: 'spam-gmail',
    reply:
      '550-5.7.1 Gmail has detected that this message is likely unsolicited mail. To\r\n550-5.7.1 reduce the amount of spam sent to Gmail, this message has been\r\n550 5.7.1 blocked. - gsmtp',
    phase: 'dot',
    provider: 'gmail',
    class: 'spam_content',
    result: 'rejected',
    next: never,
  },
  {
    id: 'spam-for-now',
    reply: '451 4.7.1 Message looks like spam, deferred for further analysis',
    phase: 'dot',
    class: 'spam_content',
    result: 'deferred',
    next: std,
  },
  {
    id: 'virus',
    reply: '554 5.7.1 Virus found in message: Eicar-Test-Signature',
    phase: 'dot',
    class: 'virus',
    result: 'rejected',
    next: never,
  },
  {
    id: 'virus-with-a-4',
    reply: '451 4.7.1 Message contains a virus',
    phase: 'dot',
    class: 'virus',
    result: 'rejected',
    next: never,
  },
  {
    id: 'attachment',
    reply: '552 5.7.0 Our system blocked this message because of its attachment type',
    phase: 'dot',
    class: 'content_rejected',
    result: 'rejected',
    next: never,
  },
  {
    id: 'form',
    reply: '550 5.6.0 Message headers do not comply with RFC 5322: duplicate header fields',
    phase: 'dot',
    class: 'content_rejected',
    result: 'rejected',
    next: never,
  },
  {
    id: 'too-large',
    reply: '552 5.3.4 Message size exceeds fixed limit',
    phase: 'dot',
    class: 'message_too_large',
    result: 'rejected',
    next: otherRoute,
  },
  // Policies and identities.
  {
    id: 'policy-for-good',
    reply: '550 5.7.1 Message refused for policy reasons',
    phase: 'dot',
    class: 'policy',
    result: 'rejected',
    next: never,
  },
  {
    id: 'policy-for-now',
    reply: '450 4.7.1 Message deferred for local policy reasons',
    phase: 'dot',
    class: 'policy',
    result: 'deferred',
    next: std,
    slows: 'domain',
  },
  {
    id: 'dmarc',
    reply:
      "550-5.7.26 Unauthenticated email from acme.example is not accepted due to\r\n550 5.7.26 domain's DMARC policy. - gsmtp",
    phase: 'dot',
    provider: 'gmail',
    class: 'auth_failed',
    result: 'rejected',
    next: maskedAgain,
  },
  {
    id: 'spf',
    reply: '550 5.7.23 The message was rejected because of Sender Policy Framework violation',
    phase: 'dot',
    class: 'auth_failed',
    result: 'rejected',
    next: never,
  },
  {
    id: 'auth-for-now',
    reply: '451 4.7.23 SPF check did not pass, message deferred',
    phase: 'dot',
    class: 'auth_failed',
    result: 'deferred',
    next: backoff,
  },
  {
    id: 'sender',
    reply: '550 5.1.0 Sender rejected',
    phase: 'rcpt',
    class: 'sender_rejected',
    result: 'rejected',
    next: never,
  },
  // What servers say when they lost the thread, and what nobody understands.
  {
    id: 'out-of-step',
    reply: '503 5.5.1 Bad sequence of commands',
    phase: 'dot',
    class: 'protocol_error',
    result: 'rejected',
    // Once more, over a new connection mostly.
    next: fast,
  },
  {
    id: 'odd-for-good',
    reply: '554 Nope',
    phase: 'dot',
    class: 'unknown',
    result: 'rejected',
    next: never,
    suppression: oddThrice,
  },
  {
    id: 'odd-for-now',
    reply: '450 Hmm',
    phase: 'rcpt',
    class: 'unknown',
    result: 'deferred',
    next: std,
  },
];
