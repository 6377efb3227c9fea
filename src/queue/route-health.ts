/** The state of a route as one worker process sees it, ready for JSON. */
export interface RouteHealth {
  readonly route: string;
  /** `open`: out of order; `half-open`: out of order, and a few sends find out whether still. */
  readonly state: 'closed' | 'open' | 'half-open';
  /** Since when it is in order, or out of order; ms since 1970. */
  readonly since: number;
  /** Out of order: when it is tried again, ms since 1970. */
  readonly until?: number;
  /** Out of order: what the failure was. */
  readonly reason?: string;
  /** Sends that have been given this route and are not over. */
  readonly inHand: number;
  /** Submissions since the start of the process that showed it working, and not working. */
  readonly workedCount: number;
  readonly failedCount: number;
}
