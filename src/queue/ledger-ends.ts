import { finalStates, attemptResults, type AttemptResult, type FinalState } from '../mail/kinds.ts';
import { bytesOfBase32 } from '../mail/base32.ts';
import { campaignPlaceOf } from '../mail/campaign-send-id.ts';
import type { SendId } from '../mail/ids.ts';
import type { SendJob } from './send-job.ts';

/*
 * How sends ended, in a few bytes each. A send in flight has a hash of its own; at its end that hash
 * goes, and one small field stays in a bucket that many sends share:
 *
 *   <ledgerEnds>:<hour>:<level>:<prefix>  →  last 8 bytes of the id = a number
 *
 * The hour is that in which the send was enqueued first, which its job carries for life. A bucket
 * takes 128 sends: up to there Redis keeps a hash as one flat list, without a pointer per field. A
 * full bucket leads to one of its 4 children, whose prefix has two bits more of the id, so the
 * number of buckets follows the number of sends. Entries are never taken out one by one, so a search
 * may end at the first bucket that is not full.
 *
 * The sends of a campaign need no id at all: theirs tells the position in the list, so a bucket is a
 * block of 128 positions, and the field the position in it:
 *
 *   <ledgerEnds>:c<hour and campaign>:<block>  →  position in the block = a number
 *
 * The number holds state, result, number of attempts and the second of the end. A bucket expires as
 * a whole, with its latest entry: an entry may live longer than it must, never shorter. A parent
 * lives as long as its children, since the way to them leads through it.
 */

const hourMs = 3_600_000;
/** Sends of a campaign in one bucket. */
const blockSize = 128;
/** Attempts above this are counted as this many. */
const attemptMax = 127;

/** How a send ended. */
export interface LedgerEnd {
  readonly state: FinalState;
  /** Number of the latest attempt; 127 stands for that many or more. */
  readonly attempt: number;
  /** How that attempt ended; absent where the send ended without one. */
  readonly result?: AttemptResult;
  /** When, ms since 1970, to the second. */
  readonly endedAt: number;
}

/** Where the end of a send is kept. */
export interface EndPlace {
  /** The hour; for a send of a campaign `c` and 16 hex digits. */
  readonly group: number | string;
  /** The first 23 bits of the id; for a send of a campaign its block. */
  readonly prefix: number;
  /**
   * The last 8 bytes of the id, as 16 hex digits: bytes among the values of a script are dear to send.
   * For a send of a campaign its number within the block.
   */
  readonly field: string;
}

/** The place of a send's end. */
export function endPlaceOf(job: Pick<SendJob, 'sendId' | 'createdAt' | 'campaign'>): EndPlace {
  if (job.campaign !== undefined) return campaignEndPlaceOf(job.sendId);
  const bytes = bytesOfBase32(job.sendId, 16);
  return {
    group: endHourOf(job),
    prefix: bytes.readUIntBE(0, 3) >>> 1,
    field: bytes.toString('hex', 8),
  };
}

/** The place of the end of a campaign's send, which its id tells; any id can be read so. */
export function campaignEndPlaceOf(sendId: SendId): EndPlace & { readonly hour: number } {
  const { group, hour, sequence } = campaignPlaceOf(sendId);
  return {
    group: `c${group}`,
    hour,
    prefix: Math.floor(sequence / blockSize),
    field: String(sequence % blockSize),
  };
}

/** The hour of a send, counted from 1970. */
export function endHourOf(job: Pick<SendJob, 'createdAt'>): number {
  return Math.floor(job.createdAt / hourMs);
}

/** An end as the number that is kept. */
export function encodeEnd(end: LedgerEnd, hour: number): number {
  const seconds = Math.max(0, Math.floor((end.endedAt - hour * hourMs) / 1000));
  const attempt = Math.min(end.attempt, attemptMax);
  const result = end.result === undefined ? 0 : attemptResults.indexOf(end.result) + 1;
  const state = finalStates.indexOf(end.state);
  return ((seconds * (attemptMax + 1) + attempt) * 5 + result) * finalStates.length + state;
}

/** The end that a number tells. */
export function decodeEnd(code: number, hour: number): LedgerEnd {
  const state = finalStates[code % finalStates.length] ?? 'accepted';
  let rest = Math.floor(code / finalStates.length);
  const result = attemptResults[(rest % 5) - 1];
  rest = Math.floor(rest / 5);
  const endedAt = hour * hourMs + Math.floor(rest / (attemptMax + 1)) * 1000;
  const attempt = rest % (attemptMax + 1);
  return { state, attempt, ...(result === undefined ? {} : { result }), endedAt };
}

/**
 * Lua functions over the buckets, for scripts that are given `ledgerEnds` and `ledgerHours`.
 *
 * findEnd(ends, hour, prefix, hex)  → the number, or false
 * findEndInAllHours(ends, hours, prefix, hex) → hour and number, or false
 * keepEnd(ends, hours, hour, prefix, hex, number, keepUntil)
 */
export const ledgerEndsLua = `
local fullAt, deepest = 128, 8
-- The names of places in campaigns are shorter than 16 digits, and so are told apart.
local function isInCampaign(hex) return #hex < 16 end
local function endField(hex)
  return struct.pack('>I4I4', tonumber(hex:sub(1, 8), 16), tonumber(hex:sub(9), 16))
end
local function endBucket(ends, hour, prefix, level)
  return ends .. ':' .. hour .. ':' .. level .. ':' .. math.floor(prefix / 2 ^ (16 - 2 * level))
end
local function findEnd(ends, hour, prefix, hex)
  if isInCampaign(hex) then return redis.call('HGET', ends .. ':' .. hour .. ':' .. prefix, hex) end
  local field = endField(hex)
  for level = 0, deepest do
    local bucket = endBucket(ends, hour, prefix, level)
    local number = redis.call('HGET', bucket, field)
    if number then return number end
    if redis.call('HLEN', bucket) < fullAt then return false end
  end
  return false
end
local function redisNow()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function findEndInAllHours(ends, hours, prefix, hex)
  local live = redis.call('ZRANGEBYSCORE', hours, redisNow(), '+inf')
  for i = #live, 1, -1 do
    local number = findEnd(ends, live[i], prefix, hex)
    if number then return live[i], number end
  end
  return false
end
local function keepEnd(ends, hours, hour, prefix, hex, number, keepUntil)
  local now = redisNow()
  -- Rounded up, so that most ends find the expiry of their bucket late enough.
  keepUntil = math.ceil(keepUntil / ${hourMs}) * ${hourMs}
  if isInCampaign(hex) then
    local bucket = ends .. ':' .. hour .. ':' .. prefix
    redis.call('HSET', bucket, hex, number)
    local left = redis.call('PTTL', bucket)
    if left < 0 or now + left < keepUntil then redis.call('PEXPIREAT', bucket, keepUntil) end
    return
  end
  local field = endField(hex)
  for level = 0, deepest do
    local bucket = endBucket(ends, hour, prefix, level)
    local takesIt = level == deepest or redis.call('HLEN', bucket) < fullAt
    if takesIt then redis.call('HSET', bucket, field, number) end
    local left = redis.call('PTTL', bucket)
    if left < 0 or now + left < keepUntil then
      redis.call('PEXPIREAT', bucket, keepUntil)
      -- An hour is known for as long as the bucket of it that lives longest.
      if redis.call('ZADD', hours, 'GT', keepUntil, hour) == 1 then
        redis.call('ZREMRANGEBYSCORE', hours, '-inf', '(' .. now)
      end
    end
    if takesIt then break end
  end
end
`;
