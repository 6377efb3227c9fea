/*
 * The bounce classes: why a mail did not arrive, one list for replies of servers, bounce mails and
 * complaints. A class says what is true of the failure, whatever first digit the server used; what
 * follows from it stands in `class-policy.ts`.
 */

/** All classes. */
export const bounceClasses = [
  'user_unknown',
  'mailbox_inactive',
  'mailbox_full',
  'recipient_moved',
  'recipient_refused',
  'recipient_rate_limited',
  'suppressed',
  'domain_unknown',
  'domain_refuses_mail',
  'network_error',
  'remote_system_error',
  'remote_system_full',
  'delivery_agent_error',
  'expired',
  'tls_required',
  'blocklisted',
  'low_reputation',
  'ptr_missing',
  'rate_limited',
  'greylisted',
  'spam_content',
  'virus',
  'content_rejected',
  'message_too_large',
  'policy',
  'auth_failed',
  'sender_rejected',
  'relay_denied',
  'security',
  'protocol_error',
  'complaint',
  'auto_reply',
  'challenge_response',
  'delivered',
  'not_a_bounce',
  'unknown',
] as const;

/** Why a mail did not arrive, or what else a mail that came back is. */
export type BounceClass = (typeof bounceClasses)[number];

/** Whether a text is the name of a class. */
export function isBounceClass(text: string): text is BounceClass {
  return (bounceClasses as readonly string[]).includes(text);
}

/** What is true of a failure: another try is in vain, may help, or nobody can tell. `none`: no failure. */
export type BounceNature = 'permanent' | 'transient' | 'unknown' | 'none';

/** What was done with the mail (RFC 3464 §2.3.3); a delay is no failure. `none`: it is not about a delivery. */
export type BounceAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'none';

/** What the same trouble also touches, so what has to wait or stop with this send. */
export type BounceScope =
  | 'recipient'
  /** This sender to this recipient. */
  | 'recipient-sender'
  /** The recipient's domain, or the provider that runs it. */
  | 'domain'
  /** Everything that goes over this route. */
  | 'route'
  /** What goes over this route to this recipient provider. */
  | 'route-domain'
  /** What is sent in the name of this sender or from its domain. */
  | 'sender'
  | 'message'
  | 'none';

/** When to try again: one of the retry schedules, or not. */
export type RetryAdvice = 'none' | 'fast' | 'std' | 'slow' | 'backoff';

/** Whether the recipient should get no more mail. */
export type SuppressionAdvice =
  | { readonly kind: 'never' }
  | {
      readonly kind: 'now';
      /** The address, the address for this sender only, or the whole domain once DNS confirms it (else the address). */
      readonly of: 'address' | 'pair' | 'domain';
      /** For how many days; absent: until somebody removes it. */
      readonly days?: number;
    }
  | {
      /** The address, once this many messages to it within so many days had this class. */
      readonly kind: 'after';
      readonly count: number;
      readonly withinDays: number;
      readonly days?: number;
    };
