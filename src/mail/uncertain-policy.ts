/**
 * What follows when nobody knows whether an attempt was accepted: `resend` the same mail under the
 * same Message-ID, so that a second copy can be told from a new mail, or `hold` it for a person.
 */
export type UncertainPolicy = 'resend' | 'hold';

/** All policies, for checks. */
export const uncertainPolicies: readonly UncertainPolicy[] = ['resend', 'hold'];
