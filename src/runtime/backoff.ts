/** How long to wait before the next try. */
export interface BackoffPlan {
  /** Wait before the second try, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait, in milliseconds. */
  readonly capMs: number;
  /** Factor from one try to the next; default 2. */
  readonly factor?: number;
  /** Share of the wait that is random, 0 to 1; default 0.2 (so 80 % to 120 %). */
  readonly jitter?: number;
}

/**
 * The wait after failed try number `attempt` (from 1), in milliseconds: exponential, capped,
 * then spread by the jitter so that many failures do not come back at the same moment.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(plan: BackoffPlan, attempt: number, random: number): number {
  const factor = plan.factor ?? 2;
  const jitter = plan.jitter ?? 0.2;
  const plain = Math.min(plan.capMs, plan.baseMs * factor ** Math.max(0, attempt - 1));
  return Math.max(1, Math.round(plain * (1 + jitter * (2 * random - 1))));
}
