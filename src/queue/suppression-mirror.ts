/** Whom a suppression is about. */
export type SuppressionScope =
  | { readonly kind: 'address'; readonly address: string }
  /** The address, for mail of this sender only. */
  | { readonly kind: 'pair'; readonly address: string; readonly sender: string }
  | { readonly kind: 'domain'; readonly domain: string };

/** A suppression as workers and producers need it. Addresses and domains in the form that is compared. */
export interface MirroredSuppression {
  readonly tenant: string;
  readonly scope: SuppressionScope;
  /** Why: a bounce class, `manual`, `import` or `unsubscribed`. */
  readonly reason: string;
  /** Since when, ms since 1970. */
  readonly since: number;
  /** When it ends, ms since 1970; absent: when somebody removes it. */
  readonly expiresAt?: number;
}
