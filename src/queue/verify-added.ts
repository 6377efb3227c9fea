import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';
import { retainUntil } from './ledger-calls.ts';
import { encodeEnd, endHourOf, endPlaceOf, ledgerEndsLua } from './ledger-ends.ts';
import type { OutcomeEvent } from './outcome-event.ts';
import { defineScript, runScript } from './script.ts';
import type { SendJob } from './send-job.ts';
import { finalStates } from '../mail/kinds.ts';

/** A send that has come to its end before it got a job: its recipient is suppressed. */
export interface SuppressedSend {
  readonly job: SendJob;
  /** Of attempt 1, in state `suppressed`. */
  readonly event: OutcomeEvent;
}

/** What {@link verifyAdded} found. */
export interface VerifiedSends {
  /** Positions of jobs that were not stored; where there are any, nothing was written. */
  readonly missing: readonly number[];
  /** For each suppressed send whether that is its end, now or since an earlier call. */
  readonly suppressed: readonly boolean[];
}

// KEYS[1] ends, [2] hours, [3] outcome stream, then for each send its BullMQ key and its ledger;
// ARGV[1] how many of them are jobs, then for each of these hour, prefix and field of its end, and for
// each suppressed one the same, the number of its end, until when it is kept, and its event.
// Returns the positions (from 1) of jobs of which there is nothing, and 1 or 0 for each suppressed
// one. (A job that is done is gone, what the ledger knows of it is not. One of an earlier call with the
// same key may be in the queue: then that is what holds.)
const verify = defineScript(`${ledgerEndsLua}
local jobCount, place = tonumber(ARGV[1]), 2
local function next(count)
  place = place + count
  return unpack(ARGV, place - count, place - 1)
end
local function isThere(i) return redis.call('EXISTS', KEYS[2 * i + 2], KEYS[2 * i + 3]) > 0 end
local missing, ended = {}, {}
for i = 1, jobCount do
  local hour, prefix, field = next(3)
  if not isThere(i) and not findEnd(KEYS[1], hour, prefix, field) then missing[#missing + 1] = i end
end
if #missing > 0 then return { missing, ended } end
for i = jobCount + 1, (#KEYS - 3) / 2 do
  local hour, prefix, field, number, keepUntil, event = next(6)
  local there = isThere(i)
  local known = not there and findEnd(KEYS[1], hour, prefix, field)
  if not there and not known then
    -- First: it is what can fail, and then nothing is written.
    redis.call('XADD', KEYS[3], '*', 'event', event)
    keepEnd(KEYS[1], KEYS[2], hour, prefix, field, number, keepUntil)
    known = number
  end
  local isSuppressed = known and known % ${finalStates.length} == ${finalStates.indexOf('suppressed')}
  ended[#ended + 1] = isSuppressed and 1 or 0
end
return { missing, ended }
`);

/**
 * Looks whether jobs are in the queue, or known to be done; if all are, writes the ends of the
 * suppressed sends of the same call and their events, in one step and once.
 */
export async function verifyAdded(
  redis: Redis,
  keys: KeyNames,
  jobs: readonly SendJob[],
  suppressed: readonly SuppressedSend[],
): Promise<VerifiedSends> {
  const sends = [...jobs, ...suppressed.map(({ job }) => job)];
  const names = sends.flatMap(({ sendId }) => [keys.job(sendId), keys.ledger(sendId)]);
  const values = [jobs.length, ...jobs.flatMap(placeValues), ...suppressed.flatMap(endValues)];
  const fixed = [keys.ledgerEnds, keys.ledgerHours, keys.outcomes];
  const answer = await runScript(redis, verify, [...fixed, ...names], values);
  const [missing = [], ended = []] = Array.isArray(answer)
    ? (answer as (readonly unknown[])[])
    : [];
  return {
    missing: missing.map((position) => Number(position) - 1),
    suppressed: ended.map((one) => one === 1),
  };
}

function placeValues(job: SendJob): readonly (string | number)[] {
  const { group, prefix, field } = endPlaceOf(job);
  return [group, prefix, field];
}

function endValues({ job, event }: SuppressedSend): readonly (string | number)[] {
  const { attempt, at } = event;
  const number = encodeEnd({ state: 'suppressed', attempt, endedAt: at }, endHourOf(job));
  return [...placeValues(job), number, retainUntil(job, at), JSON.stringify(event)];
}
