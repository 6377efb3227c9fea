import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';

/** What the history process tells of the suppression list and its mirror. */
export interface SuppressionCheck {
  /** When the mirror was last found to be, or made, what the database has; ms since 1970. */
  readonly checkedAt: number;
  /** Entries in the database. */
  readonly count: number;
  /** When the mirror last differed and was made anew, and how many entries it had then. */
  readonly repaired?: { readonly at: number; readonly mirrorCount: number };
}

/** Tells status pages how the mirror is. */
export async function writeSuppressionCheck(
  redis: Redis,
  keys: KeyNames,
  check: SuppressionCheck,
): Promise<void> {
  await redis.set(keys.suppressionCheck, JSON.stringify(check));
}

/** What was told last; undefined where no history process has told anything that can be read. */
export async function readSuppressionCheck(
  redis: Redis,
  keys: KeyNames,
): Promise<SuppressionCheck | undefined> {
  const text = await redis.get(keys.suppressionCheck);
  if (text === null) return undefined;
  try {
    const check = JSON.parse(text) as Partial<SuppressionCheck> | null;
    const { checkedAt, count } = check ?? {};
    return Number.isSafeInteger(checkedAt) && Number.isSafeInteger(count)
      ? (check as SuppressionCheck)
      : undefined;
  } catch {
    return undefined;
  }
}
