import { z } from 'zod';
import { bounceClasses } from '../mail/bounce-class.ts';
import { scheduleNames } from '../worker/retry-plan.ts';

const durationMs = z.int().min(1).max(2_147_483_647);
const waits = z.array(durationMs).min(1).max(100).optional();

/** When sends are tried again (`worker.retry`). */
export const retrySchema = z.strictObject({
  /** First wait of schedule `std`; default 60,000. */
  baseMs: durationMs.optional(),
  /** Longest wait of every schedule; default 3,600,000 for `std`, none for the others. */
  capMs: durationMs.optional(),
  /** Factor from one wait of `std` to the next; default 2. */
  factor: z.number().min(1).max(10).optional(),
  /** Share of each wait that is random; default 0.2. */
  jitter: z.number().min(0).max(1).optional(),
  /** Waits of the other schedules; the last one is repeated. */
  schedules: z.strictObject({ fast: waits, slow: waits, backoff: waits }).optional(),
  /** Which schedule a class follows wherever it is tried again. */
  classes: z.partialRecord(z.enum(bounceClasses), z.enum(scheduleNames)).optional(),
  /** After this many uncertain attempts a send is held; default 3. */
  uncertainMax: z.int().min(1).max(1_000).optional(),
});
