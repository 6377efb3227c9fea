import { finalStates } from '../mail/kinds.ts';
import { defineScript } from './script.ts';

/*
 * Fields of a ledger hash: a = latest attempt begun or recorded, b = when its body began (only
 * while its end is not recorded), r = how it ended, s = state of the send, n = when the next
 * attempt may begin, u = some attempt was uncertain, m = masked again after a policy refusal.
 */

const isFinal = `
local function isFinal(state)
  return ${finalStates.map((state) => `state == '${state}'`).join(' or ')}
end
`;

/**
 * KEYS[1] ledger; ARGV[1] attempt, ARGV[2] now, ARGV[3] keep until (ms since 1970).
 * Returns 1 when the attempt is ours to send, 0 when it is not.
 */
export const beginBody = defineScript(`${isFinal}
local attempt = tonumber(ARGV[1])
local entry = redis.call('HMGET', KEYS[1], 'a', 'b', 's')
if isFinal(entry[3]) or entry[2] or tonumber(entry[1] or 0) ~= attempt - 1 then return 0 end
redis.call('HSET', KEYS[1], 'a', attempt, 'b', ARGV[2])
redis.call('HDEL', KEYS[1], 'r', 'n')
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1
`);

/**
 * KEYS[1] ledger, KEYS[2] outcome stream, KEYS[3] hash of held sends, KEYS[4] content, KEYS[5] frozen.
 * ARGV[1] attempt, [2] state, [3] result or '', [4] next time or '', [5] keep until, [6] event (JSON),
 * [7] send id, [8] job (JSON), [9] '1' when it is to be masked again.
 * Returns the length of the stream, or -1 when this attempt is recorded already or not the current one.
 * The event is written first: a script that fails is not rolled back, and this is the one command
 * that can (memory, a foreign value); then nothing has been written.
 * What a held send needs is kept until an operator decides.
 */
export const recordOutcome = defineScript(`${isFinal}
local attempt = tonumber(ARGV[1])
local entry = redis.call('HMGET', KEYS[1], 'a', 'b', 's')
local latest = tonumber(entry[1] or 0)
local open = entry[2]
if isFinal(entry[3]) then return -1 end
if not ((open and attempt == latest) or (not open and attempt == latest + 1)) then return -1 end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[6])
redis.call('HSET', KEYS[1], 'a', attempt, 's', ARGV[2])
redis.call('HDEL', KEYS[1], 'b', 'r', 'n')
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'r', ARGV[3]) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'n', ARGV[4]) end
if ARGV[3] == 'uncertain' then redis.call('HSET', KEYS[1], 'u', 1) end
if ARGV[9] == '1' then redis.call('HSET', KEYS[1], 'm', 1) end
if ARGV[2] == 'held' then
  redis.call('HSET', KEYS[3], ARGV[7], ARGV[8])
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[4])
  redis.call('PERSIST', KEYS[5])
else
  redis.call('PEXPIREAT', KEYS[1], ARGV[5])
end
return redis.call('XLEN', KEYS[2])
`);
