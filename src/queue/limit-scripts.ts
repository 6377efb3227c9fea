import { defineScript } from './script.ts';

/*
 * Limits are kept by reservation. A send asks for a slot, a time at which every window of every one
 * of its keys has room, and begins within the margin after it, or gives the slot up.
 *
 * A window "L in W ms" is a row of buckets b ms wide that count the slots in them. A send whose slot
 * lies in bucket i begins somewhere in [i·b, (i+1)·b + margin), so any W ms touch at most
 * R = floor((W + margin) / b) + 2 buckets in a row: as long as no R buckets in a row hold more than L
 * slots, no W ms hold more than L sends. The row is stored in chunks of 256 counts of 2 bytes, so
 * that its size is bounded whatever L is, and slots may be put between others: a key shared by a
 * slow and a fast one does not fill up behind the slow one's far slots.
 *
 * Each window has two such rows. The exact one holds slots of sends that go, now or within the lead;
 * it alone keeps the limit. The plan holds times at which sends are to come back, some percent more
 * of them than the exact row takes, since a send that comes late or never leaves a slot that only
 * somebody who is there can use.
 *
 *   1. a new send looks for the earliest time in the plan. What is full is left behind in one step,
 *      and how far it is full is remembered ("h"), so that a backlog is not searched again. In a
 *      backlog times of short windows are spread: L sends at one moment could not all be punctual
 *   2. that is now, or the send has come back: it takes a slot of the exact row if there is one within
 *      the lead, and goes, waiting in its process for the rest. So may a new one while those who
 *      should have come stay away: returning jobs queue up behind all that wait
 *   3. within the horizon: the time is kept under the send's id, its job comes back just before it
 *   4. beyond it nothing is planned: the send draws a ticket from a tail that advances by W/L per
 *      ticket, and comes back a little before that time to plan. Who has no ticket yet plans only
 *      what ticket holders left free. So a send that never comes costs a key at most the horizon.
 *
 * Names below the root: `ring:<key>:<W>` the exact row, `plan:<key>:<W>` the plan, `slot:<send id>`
 * when a send is to come back, `open:<key>` leases of sends on their way (score: when it runs out),
 * `pool:<key>` how long such a send takes, `slow` and `override` two hashes of state that workers
 * read as a whole. Times are those of Redis, in ms since 1970.
 */

const library = `
local root = KEYS[1]
local clock = redis.call('TIME')
local nowExact = clock[1] * 1000000 + clock[2]
local now = math.floor(nowExact / 1000)
local CHUNK = 256
local floor, max, min = math.floor, math.max, math.min

local function name(number) return string.format('%.0f', number) end

-- Width of a bucket, and how many in a row a window touches.
local function widths(row, window, margin)
  local b = max(1, math.ceil(window / (window < 10000 and 256 or 128)))
  if row == 'plan' then return b, floor(window / b) + 1 end
  return b, floor((window + margin) / b) + 2
end

local function rowOf(row, key, window) return root .. ':' .. row .. ':' .. key .. ':' .. name(window) end

local function change(row, key, window, at, by, margin, keepMs)
  local stored = rowOf(row, key, window)
  local b, run = widths(row, window, margin)
  local index = floor(at / b)
  local chunk = floor(index / CHUNK)
  local p = (index - chunk * CHUNK) * 2
  local text = redis.call('HGET', stored, name(chunk))
  if not text then
    if by < 0 then return end
    text = string.rep('\\0', CHUNK * 2)
  end
  local high, low = string.byte(text, p + 1, p + 2)
  local count = min(65535, max(0, high * 256 + low + by))
  text = text:sub(1, p) .. string.char(floor(count / 256), count % 256) .. text:sub(p + 3)
  redis.call('HSET', stored, name(chunk), text)
  if by < 0 then
    redis.call('HDEL', stored, 'h', 'pace')
    return
  end
  local oldest = floor((floor(now / b) - 2 * run) / CHUNK)
  local known = tonumber(redis.call('HGET', stored, 'o') or oldest)
  while known < oldest do
    redis.call('HDEL', stored, name(known))
    known = known + 1
  end
  redis.call('HSET', stored, 'o', name(known))
  redis.call('PEXPIRE', stored, name(2 * window + keepMs))
end

local function changeAll(row, keys, at, by, margin, keepMs)
  for _, key in ipairs(keys) do
    for _, window in ipairs(key.w) do change(row, key.n, window[2], at, by, margin, keepMs) end
  end
end
`;

/**
 * KEYS[1] root; ARGV[1] send id, [2] keys (JSON: list of {n: name, w: [[most, window ms]], o: most open}),
 * [3] margin, [4] lead, [5] horizon, [6] how long before its time a ticket comes back, [7] longest
 * ticket, [8] life of a lease, [9] a slot that is given up or '', [10] '1' when it had been late.
 *
 * Returns [kind, now in µs, time in ms]: `go` at that slot, having its leases; `booked` that time, come
 * back the lead before; `back` at that time, nothing planned, for lack of room; `open` the same, for
 * too many on their way.
 */
export const reserveSlot = defineScript(`${library}
local sendId, keysText = ARGV[1], ARGV[2]
local margin, lead, horizon, early = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local longest, leaseMs = tonumber(ARGV[7]), tonumber(ARGV[8])
local keys = cjson.decode(keysText)
local keepMs = horizon + 60000
local own = root .. ':slot:' .. sendId

local function counts(stored, from, to)
  local names, list = {}, {}
  local first, last = floor(from / CHUNK), floor(to / CHUNK)
  for chunk = first, last do names[#names + 1] = name(chunk) end
  local texts = redis.call('HMGET', stored, unpack(names))
  for chunk = first, last do
    local base = chunk * CHUNK
    local low, high = max(from, base), min(to, base + CHUNK - 1)
    local text = texts[chunk - first + 1]
    if text then
      local bytes = { string.byte(text, (low - base) * 2 + 1, (high - base) * 2 + 2) }
      for p = 1, #bytes, 2 do list[#list + 1] = bytes[p] * 256 + bytes[p + 1] end
    else
      for _ = low, high do list[#list + 1] = 0 end
    end
  end
  return list
end

-- Earliest time from t on with room in a row, and whether that is certain.
local function earliest(row, stored, most, window, t)
  local b, run = widths(row, window, margin)
  local index = floor(t / b)
  for _ = 1, 96 do
    local list = counts(stored, index - run + 1, index + run - 1)
    local sum, full = 0, nil
    for p = 1, run do sum = sum + list[p] end
    if sum >= most then full = 1 end
    for p = 2, run do
      sum = sum + list[p + run - 1] - list[p - 1]
      if sum >= most then full = p end
    end
    if not full and list[run] == 65535 then full = 1 end
    if not full then return max(t, index * b), true end
    index = index + full
  end
  return max(t, index * b), false
end

-- Earliest time from t on with room in all rows of a kind, whether that is certain, and the windows.
local function search(row, t)
  local windows, slot, certain, moved = {}, t, true, false
  for _, key in ipairs(keys) do
    for _, entry in ipairs(key.w) do
      local most, length = entry[1], entry[2]
      local stored = rowOf(row, key.n, length)
      local state = redis.call('HMGET', stored, 'h', 'hl', 'tail', 'pace')
      local start = t
      if state[1] and tonumber(state[2]) >= most then start = max(t, tonumber(state[1])) end
      local at, sure = earliest(row, stored, most, length, start)
      -- Only what is full from now on is worth remembering.
      if at > t and t == now then
        redis.call('HSET', stored, 'h', name(at), 'hl', most)
        redis.call('PEXPIRE', stored, name(2 * length + keepMs))
      end
      local want = at
      if at > now then want = max(at, tonumber(state[4] or 0)) end
      certain = certain and sure
      moved = moved or want > at
      windows[#windows + 1] = {
        stored = stored, key = key.n, most = most, length = length,
        at = at, want = want, tail = tonumber(state[3] or 0),
      }
      slot = max(slot, floor(want))
    end
  end
  -- Each window answered for itself; now a time that suits all of them.
  local again, rounds = moved or #windows > 1, 0
  while again do
    again = false
    rounds = rounds + 1
    for _, window in ipairs(windows) do
      local at, sure = earliest(row, window.stored, window.most, window.length, slot)
      certain = certain and sure
      if at > slot then
        slot = at
        again = true
      end
    end
    if rounds > 24 and again then return slot, false, windows end
  end
  return slot, certain, windows
end

local function countOf(row, key, window)
  local b = widths(row, window, margin)
  local index, sum = floor(now / b), 0
  local list = counts(rowOf(row, key, window), index - floor(window / b), index)
  for p = 1, #list do sum = sum + list[p] end
  return sum
end

-- Whether those who should have come by now stayed away, in every window that is planned full.
local function othersMissing(windows)
  for _, window in ipairs(windows) do
    if window.want > now + lead then
      if tonumber(redis.call('HGET', window.stored, 'here') or 0) > now then return false end
      local planned = countOf('plan', window.key, window.length)
      if countOf('ring', window.key, window.length) >= 0.8 * planned then
        -- Not worth another count for a moment.
        redis.call('HSET', window.stored, 'here', name(now + 20))
        return false
      end
    end
  end
  return true
end

if ARGV[9] ~= '' then changeAll('ring', keys, tonumber(ARGV[9]), -1, margin, 0) end

-- What this send brings from an earlier turn.
local hasTicket, isBack, patience, plannedAt = false, ARGV[10] == '1', lead, nil
if isBack then patience = lead * 8 end
local held = redis.call('GET', own)
if held then
  redis.call('DEL', own)
  local mark, at, text = held:sub(1, 1), held:match('^.(%d+)|(.*)$')
  at = tonumber(at)
  hasTicket = true
  if mark == 's' then
    if text ~= keysText then
      -- The limits have changed: it asks anew.
      changeAll('plan', cjson.decode(text), at, -1, margin, 0)
    elseif now < at - 2 * lead then
      redis.call('SET', own, held, 'PX', name(at - now + 120000))
      return { 'booked', name(nowExact), name(at) }
    else
      isBack, plannedAt = true, at
      -- A late one would be late again after another move: it may wait here for longer.
      if now > at then patience = lead * 8 end
    end
  end
end

for _, key in ipairs(keys) do
  if key.o then
    local leases = root .. ':open:' .. key.n
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
    if redis.call('ZCARD', leases) >= key.o and not redis.call('ZSCORE', leases, sendId) then
      local pool = root .. ':pool:' .. key.n
      local state = redis.call('HMGET', pool, 'hold', 'next')
      -- Guessed too long, places stay empty; too short, a job moves once more. So rather short.
      local hold = 0.8 * tonumber(state[1] or 50)
      local at = max(tonumber(state[2] or 0), now) + hold / key.o
      at = min(at, now + horizon)
      redis.call('HSET', pool, 'next', string.format('%.3f', at))
      redis.call('PEXPIRE', pool, name(keepMs))
      return { 'open', name(nowExact), name(max(at, now + 10)) }
    end
  end
end

local time, certain, windows, fillsIn = now, true, {}, false
if not isBack then
  time, certain, windows = search('plan', now)
  fillsIn = (time > now + lead or not certain) and othersMissing(windows)
end
if fillsIn or (time <= now + lead and certain) then
  local slot, sure = search('ring', now)
  if sure and slot <= now + patience then
    changeAll('ring', keys, slot, 1, margin, keepMs)
    if not isBack and not fillsIn then changeAll('plan', keys, time, 1, margin, keepMs) end
    for _, key in ipairs(keys) do
      if key.o then
        local leases = root .. ':open:' .. key.n
        redis.call('ZADD', leases, name(now + leaseMs), sendId)
        redis.call('PEXPIRE', leases, name(leaseMs * 2))
      end
    end
    return { 'go', name(nowExact), name(slot) }
  end
  if fillsIn then slot = now end
  hasTicket = hasTicket or isBack
  -- Its time is over. In a short window that is forgotten soon, and not worth another search.
  if plannedAt then
    for _, key in ipairs(keys) do
      for _, window in ipairs(key.w) do
        if window[2] > 5000 then change('plan', key.n, window[2], plannedAt, -1, margin, 0) end
      end
    end
  end
  time, certain, windows = search('plan', slot)
end

local reach = horizon
for _, window in ipairs(windows) do
  if window.tail > now + early and not hasTicket then reach = early end
end
if certain and time <= now + reach then
  changeAll('plan', keys, time, 1, margin, keepMs)
  for _, window in ipairs(windows) do
    local step = 0.9 * window.length / window.most
    if window.at > now and window.length <= 60000 and time <= window.want + step then
      redis.call('HSET', window.stored, 'pace', string.format('%.3f', max(time, window.want) + step))
    end
  end
  redis.call('SET', own, 's' .. name(time) .. '|' .. keysText, 'PX', name(time - now + 120000))
  return { 'booked', name(nowExact), name(time) }
end

local at = now
for _, window in ipairs(windows) do
  if window.at > now or window.tail > now then at = max(at, window.at, window.tail) end
end
if reach == horizon then at = max(at, time) end
if at > now + longest then return { 'back', name(nowExact), name(now + longest) } end
for _, window in ipairs(windows) do
  if window.at > now or window.tail > now then
    local tail = max(window.at, window.tail) + window.length / window.most
    redis.call('HSET', window.stored, 'tail', string.format('%.3f', tail))
  end
end
redis.call('SET', own, 't' .. name(at) .. '|', 'PX', name(at - now + 120000))
return { 'back', name(nowExact), name(max(now + 50, at - early)) }
`);

/** KEYS[1] root; ARGV[1] send id, [2] margin. Gives back a planned time; returns 1 when there was one. */
export const releaseSlot = defineScript(`${library}
local own = root .. ':slot:' .. ARGV[1]
local held = redis.call('GET', own)
if not held then return 0 end
redis.call('DEL', own)
local mark, at, text = held:sub(1, 1), held:match('^.(%d+)|(.*)$')
if mark ~= 's' then return 0 end
changeAll('plan', cjson.decode(text), tonumber(at), -1, tonumber(ARGV[2]), 0)
return 1
`);

/** KEYS[1] root; ARGV[1] send id, [2] how long it was open, ms, [3..] names of keys. Ends leases. */
export const endLeases = defineScript(`
for i = 3, #ARGV do
  redis.call('ZREM', KEYS[1] .. ':open:' .. ARGV[i], ARGV[1])
  local pool = KEYS[1] .. ':pool:' .. ARGV[i]
  local hold = tonumber(redis.call('HGET', pool, 'hold') or ARGV[2])
  redis.call('HSET', pool, 'hold', string.format('%.0f', hold * 0.8 + ARGV[2] * 0.2))
  redis.call('PEXPIRE', pool, 600000)
end
return 1
`);

/** KEYS[1] root; ARGV[1] life of a lease, ms, then pairs of key name and send id. Prolongs leases. */
export const renewLeases = defineScript(`
local clock = redis.call('TIME')
local till = clock[1] * 1000 + math.floor(clock[2] / 1000) + ARGV[1]
for i = 2, #ARGV, 2 do
  local leases = KEYS[1] .. ':open:' .. ARGV[i]
  redis.call('ZADD', leases, string.format('%.0f', till), ARGV[i + 1])
  redis.call('PEXPIRE', leases, ARGV[1] * 2)
end
return 1
`);
