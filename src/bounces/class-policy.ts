import type {
  BounceClass,
  BounceNature,
  BounceScope,
  RetryAdvice,
  SuppressionAdvice,
} from '../mail/bounce-class.ts';

/*
 * What follows from a class. Two columns where it matters: a server that says 4xx of something
 * permanent by nature ("450 user unknown") may be wrong today and right tomorrow, so it is tried again
 * and suppresses nobody at once.
 */

/** What follows from a class. */
export interface ClassPolicy {
  readonly nature: BounceNature;
  readonly scope: BounceScope;
  /** When to try again, after a 4xx or no reply at all, and after a 5xx. */
  readonly retry: { readonly transient: RetryAdvice; readonly permanent: RetryAdvice };
  /** Who gets no more mail, by the same two. */
  readonly suppression: {
    readonly transient: SuppressionAdvice;
    readonly permanent: SuppressionAdvice;
  };
  /** Whether an operator should know at once. */
  readonly alarm: boolean;
}

/** What {@link adviceOf} says. */
export interface ClassAdvice {
  readonly nature: BounceNature;
  readonly scope: BounceScope;
  readonly retry: RetryAdvice;
  readonly suppression: SuppressionAdvice;
  /** Whether the recipient's address gets no more mail from now on, from any sender. */
  readonly suppress: boolean;
}

const never: SuppressionAdvice = { kind: 'never' };
const address: SuppressionAdvice = { kind: 'now', of: 'address' };
const domain: SuppressionAdvice = { kind: 'now', of: 'domain' };

interface Row {
  readonly nature: BounceNature;
  readonly scope: BounceScope;
  readonly retry: readonly [transient: RetryAdvice, permanent: RetryAdvice];
  readonly suppress?: readonly [transient: SuppressionAdvice, permanent: SuppressionAdvice];
  readonly alarm?: true;
}

const rows: Readonly<Record<BounceClass, Row>> = {
  user_unknown: {
    nature: 'permanent',
    scope: 'recipient',
    retry: ['std', 'none'],
    suppress: [{ kind: 'after', count: 3, withinDays: 7 }, address],
  },
  mailbox_inactive: {
    nature: 'permanent',
    scope: 'recipient',
    retry: ['slow', 'none'],
    suppress: [
      { kind: 'after', count: 3, withinDays: 14, days: 90 },
      { kind: 'now', of: 'address', days: 90 },
    ],
  },
  mailbox_full: {
    nature: 'transient',
    scope: 'recipient',
    retry: ['slow', 'slow'],
    suppress: [
      { kind: 'after', count: 3, withinDays: 14, days: 30 },
      { kind: 'after', count: 3, withinDays: 14, days: 30 },
    ],
  },
  recipient_moved: {
    nature: 'permanent',
    scope: 'recipient',
    retry: ['std', 'none'],
    suppress: [{ kind: 'after', count: 3, withinDays: 7 }, address],
  },
  recipient_refused: {
    nature: 'permanent',
    scope: 'recipient-sender',
    retry: ['std', 'none'],
    suppress: [never, { kind: 'now', of: 'pair' }],
  },
  recipient_rate_limited: { nature: 'transient', scope: 'recipient', retry: ['slow', 'slow'] },
  suppressed: {
    nature: 'permanent',
    scope: 'recipient',
    retry: ['none', 'none'],
    suppress: [address, address],
  },
  domain_unknown: {
    nature: 'permanent',
    scope: 'domain',
    retry: ['std', 'none'],
    suppress: [never, domain],
  },
  domain_refuses_mail: {
    nature: 'permanent',
    scope: 'domain',
    retry: ['std', 'none'],
    suppress: [never, domain],
  },
  network_error: { nature: 'transient', scope: 'domain', retry: ['std', 'std'] },
  remote_system_error: { nature: 'transient', scope: 'domain', retry: ['std', 'std'] },
  remote_system_full: { nature: 'transient', scope: 'domain', retry: ['slow', 'slow'] },
  delivery_agent_error: { nature: 'transient', scope: 'recipient', retry: ['slow', 'slow'] },
  // Whoever says so has tried for days.
  expired: { nature: 'unknown', scope: 'domain', retry: ['none', 'none'] },
  tls_required: {
    nature: 'permanent',
    scope: 'route-domain',
    retry: ['std', 'none'],
    alarm: true,
  },
  blocklisted: { nature: 'transient', scope: 'route', retry: ['backoff', 'backoff'], alarm: true },
  low_reputation: { nature: 'transient', scope: 'route', retry: ['backoff', 'backoff'] },
  ptr_missing: { nature: 'permanent', scope: 'route', retry: ['backoff', 'none'], alarm: true },
  rate_limited: { nature: 'transient', scope: 'route-domain', retry: ['backoff', 'backoff'] },
  greylisted: { nature: 'transient', scope: 'recipient-sender', retry: ['fast', 'fast'] },
  spam_content: { nature: 'permanent', scope: 'message', retry: ['std', 'none'] },
  virus: { nature: 'permanent', scope: 'message', retry: ['none', 'none'], alarm: true },
  content_rejected: { nature: 'permanent', scope: 'message', retry: ['std', 'none'] },
  message_too_large: { nature: 'permanent', scope: 'message', retry: ['std', 'none'] },
  policy: { nature: 'unknown', scope: 'message', retry: ['std', 'none'] },
  auth_failed: { nature: 'permanent', scope: 'sender', retry: ['backoff', 'none'], alarm: true },
  sender_rejected: { nature: 'permanent', scope: 'sender', retry: ['std', 'none'] },
  relay_denied: { nature: 'permanent', scope: 'route-domain', retry: ['std', 'none'], alarm: true },
  security: { nature: 'permanent', scope: 'route', retry: ['std', 'none'], alarm: true },
  protocol_error: { nature: 'unknown', scope: 'message', retry: ['fast', 'none'] },
  complaint: {
    nature: 'none',
    scope: 'recipient',
    retry: ['none', 'none'],
    suppress: [address, address],
  },
  auto_reply: { nature: 'none', scope: 'none', retry: ['none', 'none'] },
  challenge_response: { nature: 'none', scope: 'none', retry: ['none', 'none'] },
  delivered: { nature: 'none', scope: 'none', retry: ['none', 'none'] },
  not_a_bounce: { nature: 'none', scope: 'none', retry: ['none', 'none'] },
  unknown: {
    nature: 'unknown',
    scope: 'recipient',
    retry: ['std', 'none'],
    suppress: [never, { kind: 'after', count: 3, withinDays: 30 }],
  },
};

/** What follows from each class. */
export const classPolicies: Readonly<Record<BounceClass, ClassPolicy>> = Object.fromEntries(
  Object.entries(rows).map(([name, { nature, scope, retry, suppress, alarm }]) => [
    name,
    {
      nature,
      scope,
      retry: { transient: retry[0], permanent: retry[1] },
      suppression: { transient: suppress?.[0] ?? never, permanent: suppress?.[1] ?? never },
      alarm: alarm === true,
    },
  ]),
) as Record<BounceClass, ClassPolicy>;

/**
 * What follows from a class that a server spoke of with this first digit; pure.
 *
 * @param firstDigit 5 for a permanent reply or status; anything else, also none at all, counts as 4
 */
export function adviceOf(name: BounceClass, firstDigit: number | undefined): ClassAdvice {
  const { nature, scope, retry, suppression } = classPolicies[name];
  const column = firstDigit === 5 ? 'permanent' : 'transient';
  const advice = suppression[column];
  return {
    nature,
    scope,
    retry: retry[column],
    suppression: advice,
    suppress: advice.kind === 'now' && advice.of !== 'pair',
  };
}
