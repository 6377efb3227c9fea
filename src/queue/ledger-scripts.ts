import { heldNeedsLua } from './held-needs.ts';
import { ledgerEndsLua } from './ledger-ends.ts';
import { defineScript } from './script.ts';

/*
 * Fields of the hash of a send in flight: a = latest attempt begun or recorded, b = when its body
 * began (only while its end is not recorded), r = how it ended, s = state of the send, n = when the
 * next attempt may begin, u = how many attempts were uncertain, m = masked again after a policy refusal,
 * f = frozen facts of its message (JSON), where the message has no other send,
 * o = the route that the next attempt goes over if it can.
 *
 * A hash is there only while its send is in flight: at its end it is replaced, in the same script,
 * by an entry in a bucket (ledger-ends.ts). So where there is a hash no bucket need be searched.
 */

/** Events that are kept of a send in flight. */
const attemptsKeptMax = 20;

/**
 * What is known of a send whose hour is known.
 * KEYS[1] ledger, [2] ends; ARGV[1] group, [2] prefix, [3] field of its end.
 * Returns the hash as a flat list, or a list of one: the number of its end; or an empty list.
 */
export const readLedger = defineScript(`${ledgerEndsLua}
local hash = redis.call('HGETALL', KEYS[1])
if #hash > 0 then return hash end
local number = findEnd(KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return number and { number } or {}
`);

/**
 * Everything about a send of which only the id is known.
 * KEYS[1] ledger, [2] ends, [3] hours, [4] held, [5] releasing, [6] job; ARGV[1] send id, [2] prefix,
 * [3] field; [4] group, [5] prefix, [6] field and [7] hour, in case it is the id of a campaign's send.
 * Returns the hash as a flat list; the job's data; that of the held send; that of a send whose release
 * has begun; hour and number of its end. Absent ones are empty texts.
 */
export const findSend = defineScript(`${ledgerEndsLua}
local hash = redis.call('HGETALL', KEYS[1])
local hour, number = false, false
if #hash == 0 then
  hour, number = findEndInAllHours(KEYS[2], KEYS[3], ARGV[2], ARGV[3])
  if not number then
    hour, number = ARGV[7], findEnd(KEYS[2], ARGV[4], ARGV[5], ARGV[6])
  end
end
return {
  hash,
  redis.call('HGET', KEYS[6], 'data') or '',
  redis.call('HGET', KEYS[4], ARGV[1]) or '',
  redis.call('HGET', KEYS[5], ARGV[1]) or '',
  hour or '',
  number or '',
}
`);

/**
 * KEYS[1] ledger, [2] ends; ARGV[1] attempt, [2] now, [3] keep until (ms since 1970), [4] group,
 * [5] prefix, [6] field, [7] facts to freeze (JSON) or ''. Returns 1 when the attempt is ours to send, 0 when it is not.
 */
export const beginBody = defineScript(`${ledgerEndsLua}
local attempt = tonumber(ARGV[1])
local entry = redis.call('HMGET', KEYS[1], 'a', 'b', 's')
if entry[3] == 'held' or entry[2] or tonumber(entry[1] or 0) ~= attempt - 1 then return 0 end
if not entry[1] and findEnd(KEYS[2], ARGV[4], ARGV[5], ARGV[6]) then return 0 end
redis.call('HSET', KEYS[1], 'a', attempt, 'b', ARGV[2])
redis.call('HDEL', KEYS[1], 'r', 'n')
if ARGV[7] ~= '' then redis.call('HSETNX', KEYS[1], 'f', ARGV[7]) end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1
`);

/**
 * KEYS[1] ledger, [2] ends, [3] hours, [4] outcome stream, [5] attempts; and for a send that is or was
 * held: [6] held, [7] held needs, [8] content, [9] frozen, [10] idempotency.
 * ARGV[1] attempt, [2] state, [3] result or '', [4] next time or '', [5] keep until, [6] event (JSON),
 * [7] send id, [8] job (JSON) of a send that is held now, [9] '1' when it is to be masked again,
 * [10] group, [11] prefix, [12] field, [13] number of the end or '' when it goes on,
 * [14] content is needed until, [15] who decides: '' an attempt whose body was begun, 'unbegun' one
 * without a body, 'caller' (held sends too), 'operator' (held sends only); only the first may end an
 * attempt that is open, [16] facts to freeze (JSON) or '',
 * [17] the route to go over next or ''.
 * Returns the length of the stream, or -1 when this attempt is recorded already or not the current one.
 * The event is written first: a script that fails is not rolled back, and this is the one command
 * that can (memory, a foreign value); then nothing has been written.
 */
export const recordOutcome = defineScript(`${ledgerEndsLua}${heldNeedsLua}
local attempt = tonumber(ARGV[1])
local entry = redis.call('HMGET', KEYS[1], 'a', 'b', 's')
local latest = tonumber(entry[1] or 0)
local open = entry[2]
local wasHeld = entry[3] == 'held'
if wasHeld and (ARGV[15] == '' or ARGV[15] == 'unbegun') then return -1 end
if not wasHeld and ARGV[15] == 'operator' then return -1 end
if open and ARGV[15] ~= '' then return -1 end
if not ((open and attempt == latest) or (not open and attempt == latest + 1)) then return -1 end
if not entry[1] and findEnd(KEYS[2], ARGV[10], ARGV[11], ARGV[12]) then return -1 end
redis.call('XADD', KEYS[4], '*', 'event', ARGV[6])
if wasHeld then
  redis.call('HDEL', KEYS[6], ARGV[7])
  unneedForHeld(KEYS[7], KEYS[8], ARGV[14])
  unneedForHeld(KEYS[7], KEYS[9], ARGV[5])
  unneedForHeld(KEYS[7], KEYS[10], ARGV[5])
end
if ARGV[13] ~= '' then
  keepEnd(KEYS[2], KEYS[3], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[5])
  redis.call('DEL', KEYS[1], KEYS[5])
  return redis.call('XLEN', KEYS[4])
end
redis.call('HSET', KEYS[1], 'a', attempt, 's', ARGV[2])
redis.call('HDEL', KEYS[1], 'b', 'r', 'n', 'o')
if ARGV[17] ~= '' then redis.call('HSET', KEYS[1], 'o', ARGV[17]) end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'r', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'n', ARGV[4]) end
if ARGV[3] == 'uncertain' then redis.call('HINCRBY', KEYS[1], 'u', 1) end
if ARGV[9] == '1' then redis.call('HSET', KEYS[1], 'm', 1) end
if ARGV[16] ~= '' then redis.call('HSETNX', KEYS[1], 'f', ARGV[16]) end
redis.call('RPUSH', KEYS[5], ARGV[6])
redis.call('LTRIM', KEYS[5], -${attemptsKeptMax}, -1)
if ARGV[2] == 'held' then
  redis.call('HSET', KEYS[6], ARGV[7], ARGV[8])
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[5])
  needForHeld(KEYS[7], KEYS[8], ARGV[14])
  needForHeld(KEYS[7], KEYS[9], ARGV[5])
  needForHeld(KEYS[7], KEYS[10], ARGV[5])
else
  redis.call('PEXPIREAT', KEYS[1], ARGV[5])
  redis.call('PEXPIREAT', KEYS[5], ARGV[5])
end
return redis.call('XLEN', KEYS[4])
`);

/**
 * Begins the release of a held send.
 * KEYS[1] ledger, [2] held, [3] releasing, [4] job, [5] held needs, [6] content, [7] frozen,
 * [8] idempotency, [9] attempts; ARGV[1] send id, [2] job to enqueue (JSON), [3] keep until,
 * [4] content is needed until.
 * Returns `begun`, `not-held`, or `busy` while the job that held it has not ended.
 */
export const beginRelease = defineScript(`${heldNeedsLua}
if redis.call('HGET', KEYS[1], 's') ~= 'held' then return 'not-held' end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 'not-held' end
if redis.call('EXISTS', KEYS[4]) == 1 then return 'busy' end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 's', 'waiting')
redis.call('HDEL', KEYS[1], 'n')
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('PEXPIREAT', KEYS[9], ARGV[3])
unneedForHeld(KEYS[5], KEYS[6], ARGV[4])
unneedForHeld(KEYS[5], KEYS[7], ARGV[3])
unneedForHeld(KEYS[5], KEYS[8], ARGV[3])
return 'begun'
`);

/**
 * Ends a release whose job is enqueued, unless another one has begun since.
 * KEYS[1] releasing; ARGV[1] send id, [2] job that was enqueued (JSON).
 */
export const endRelease = defineScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`);
