/*
 * What a held send needs must not expire before an operator decides. Contents, frozen facts and
 * idempotency records are shared by several sends, and each raises their expiry while it waits: so
 * for each key that is kept, it is counted how many held sends need it, and noted until when it was
 * needed otherwise. When the last of them is decided, the key gets that expiry back.
 *
 * In the hash `heldNeeds`: n:<key> = how many held sends need it, u:<key> = until when, ms since 1970.
 */

/**
 * Lua functions:
 *
 * needForHeld(needs, key, until)    one more held send needs it
 * unneedForHeld(needs, key, until)  one less; it is still needed until then
 * raiseExpiry(needs, key, until)    needed until then, whether held sends need it or not
 */
export const heldNeedsLua = `
local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function noteUntil(needs, key, untilAt)
  local noted = tonumber(redis.call('HGET', needs, 'u:' .. key) or 0)
  local latest = math.max(noted, tonumber(untilAt))
  redis.call('HSET', needs, 'u:' .. key, string.format('%.0f', latest))
  return latest
end
local function needForHeld(needs, key, untilAt)
  local left = redis.call('PTTL', key)
  if left > 0 then untilAt = math.max(tonumber(untilAt), nowMs() + left) end
  redis.call('HINCRBY', needs, 'n:' .. key, 1)
  noteUntil(needs, key, untilAt)
  redis.call('PERSIST', key)
end
local function unneedForHeld(needs, key, untilAt)
  local latest = noteUntil(needs, key, untilAt)
  if redis.call('HINCRBY', needs, 'n:' .. key, -1) > 0 then return end
  redis.call('HDEL', needs, 'n:' .. key, 'u:' .. key)
  redis.call('PEXPIREAT', key, string.format('%.0f', latest))
end
local function raiseExpiry(needs, key, untilAt)
  local left = redis.call('PTTL', key)
  if left == -1 and redis.call('HEXISTS', needs, 'n:' .. key) == 1 then
    noteUntil(needs, key, untilAt)
  elseif left >= 0 and nowMs() + left < tonumber(untilAt) then
    redis.call('PEXPIREAT', key, untilAt)
  end
end
`;
