import { defineScript } from './script.ts';

/*
 * What breakers count, per sender and per campaign: a hash of counts per hour, the last 24 of which
 * are the window. A field is the number of the hour, counted from 1970, and a letter: t attempts,
 * a accepted, r refused as spam, c complaints. The breakers that have tripped are fields of one hash,
 * by name; its field `v` rises with each change, so that workers know when to read it again.
 */

const hourMs = 3_600_000;
const windowHours = 24;
/** A notice that comes again is known for so long, in milliseconds. */
const noticeKeptMs = 8 * 86_400_000;

/**
 * Counts, and trips what is above its threshold.
 * KEYS[1] breakers, then the counts of each subject, then the key of a notice that counts once, if
 * there is one. ARGV[1] when it happened, ms since 1970, or '' for now, [2] to [7] share, least count
 * and least base of complaints and of spam refusals; then for each subject its name, and how many
 * attempts, accepted, refused as spam and complaints there were.
 * Returns name and state (JSON) of each breaker that this call has tripped.
 */
export const countFeedback = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local subjects = (#ARGV - 7) / 5
local notice = KEYS[subjects + 2]
if notice and not redis.call('SET', notice, 1, 'NX', 'PX', ${noticeKeptMs}) then return {} end
local latest = math.floor(now / ${hourMs})
local first = latest - ${windowHours - 1}
local hour = ARGV[1] == '' and latest or math.min(latest, math.floor(ARGV[1] / ${hourMs}))
local function tooMany(count, of, at)
  return count >= tonumber(ARGV[at + 1]) and of >= tonumber(ARGV[at + 2])
    and count >= of * tonumber(ARGV[at])
end
local tripped = {}
for i = 1, subjects do
  local counts, at = KEYS[i + 1], 3 + 5 * i
  local name = ARGV[at]
  for n, letter in ipairs({ 't', 'a', 'r', 'c' }) do
    if ARGV[at + n] ~= '0' then redis.call('HINCRBY', counts, hour .. letter, ARGV[at + n]) end
  end
  local sums = { t = 0, a = 0, r = 0, c = 0 }
  local all = redis.call('HGETALL', counts)
  for f = 1, #all, 2 do
    local letter = all[f]:sub(-1)
    if tonumber(all[f]:sub(1, -2)) < first then redis.call('HDEL', counts, all[f])
    else sums[letter] = sums[letter] + all[f + 1] end
  end
  redis.call('PEXPIRE', counts, ${(windowHours + 1) * hourMs})
  local state
  if tooMany(sums.c, sums.a, 2) then state = { cause = 'complaints', count = sums.c, of = sums.a }
  elseif tooMany(sums.r, sums.t, 5) then
    state = { cause = 'spam-refusals', count = sums.r, of = sums.t }
  end
  if state and redis.call('HEXISTS', KEYS[1], name) == 0 then
    state.since = now
    local json = cjson.encode(state)
    redis.call('HSET', KEYS[1], name, json)
    redis.call('HINCRBY', KEYS[1], 'v', 1)
    tripped[#tripped + 1] = name
    tripped[#tripped + 1] = json
  end
end
return tripped
`);

/** KEYS[1] breakers, [2] counts; ARGV[1] name. Counting begins anew. Returns 1 where it had tripped. */
export const resetBreaker = defineScript(`
redis.call('DEL', KEYS[2])
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'v', 1)
return 1
`);
