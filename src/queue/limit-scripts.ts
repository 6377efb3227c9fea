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
 *   1. the earliest time is searched from now on; a run that is full is left behind in one step, and
 *      how far a row is full is remembered ("h"), so that a backlog is not searched again
 *   2. within the lead: the send goes, waiting in its process for the rest
 *   3. within the horizon: the slot is booked under the send's id, the job comes back just before it
 *   4. beyond it nothing is booked: the send draws a ticket from a tail that advances by W/L per
 *      ticket, and comes back a little before that time to book. Who has no ticket yet books only
 *      what ticket holders left free. So a send that never comes costs a key at most the horizon.
 *
 * Names below the root: `ring:<key>:<W>` the counts, `slot:<send id>` a booked slot or ticket,
 * `open:<key>` leases of sends that are on their way (score: when it runs out), `pool:<key>` how
 * long such a send takes, `slow` and `override` two hashes of state that workers read as a whole.
 * Times are those of Redis, in ms since 1970.
 */

const library = `
local root = KEYS[1]
local clock = redis.call('TIME')
local nowExact = clock[1] * 1000000 + clock[2]
local now = math.floor(nowExact / 1000)
local CHUNK = 256
local floor, max, min = math.floor, math.max, math.min

local function widths(window, margin)
  local b = max(1, math.ceil(window / (window < 10000 and 256 or 128)))
  return b, floor((window + margin) / b) + 2
end

local function name(number) return string.format('%.0f', number) end

local function ringOf(key, window) return root .. ':ring:' .. key .. ':' .. name(window) end

local function change(ring, window, at, by, margin, keepMs)
  local b, run = widths(window, margin)
  local index = floor(at / b)
  local chunk = floor(index / CHUNK)
  local p = (index - chunk * CHUNK) * 2
  local text = redis.call('HGET', ring, name(chunk))
  if not text then
    if by < 0 then return end
    text = string.rep('\\0', CHUNK * 2)
  end
  local high, low = string.byte(text, p + 1, p + 2)
  local count = min(65535, max(0, high * 256 + low + by))
  text = text:sub(1, p) .. string.char(floor(count / 256), count % 256) .. text:sub(p + 3)
  redis.call('HSET', ring, name(chunk), text)
  if by < 0 then
    redis.call('HDEL', ring, 'h')
    return
  end
  local oldest = floor((floor(now / b) - 2 * run) / CHUNK)
  local known = tonumber(redis.call('HGET', ring, 'o') or oldest)
  while known < oldest do
    redis.call('HDEL', ring, name(known))
    known = known + 1
  end
  redis.call('HSET', ring, 'o', name(known))
  redis.call('PEXPIRE', ring, name(2 * window + keepMs))
end

local function undo(at, keys, margin)
  for _, key in ipairs(keys) do
    for _, window in ipairs(key.w) do
      change(ringOf(key.n, window[2]), window[2], at, -1, margin, 0)
    end
  end
end
`;

/**
 * KEYS[1] root; ARGV[1] send id, [2] keys (JSON: list of {n: name, w: [[most, window ms]], o: most open}),
 * [3] margin, [4] lead, [5] horizon, [6] how long before its time a ticket comes back, [7] longest
 * ticket, [8] life of a lease, [9] a slot that is given up or '', [10] '1' when it had been late.
 *
 * Returns [kind, now in µs, time in ms]: `go` at that slot, having its leases; `booked` that slot;
 * `back` at that time, nothing booked, for lack of room; `open` the same, for too many on their way.
 */
export const reserveSlot = defineScript(`${library}
local sendId, keysText = ARGV[1], ARGV[2]
local margin, lead, horizon, early = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local longest, leaseMs = tonumber(ARGV[7]), tonumber(ARGV[8])
local keys = cjson.decode(keysText)
local keepMs = horizon + 60000
local own = root .. ':slot:' .. sendId

local function counts(ring, from, to)
  local names, list = {}, {}
  local first, last = floor(from / CHUNK), floor(to / CHUNK)
  for chunk = first, last do names[#names + 1] = name(chunk) end
  local texts = redis.call('HMGET', ring, unpack(names))
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

-- Earliest time from t on with room in a ring, and whether that is certain.
local function earliest(ring, most, window, t)
  local b, run = widths(window, margin)
  local index = floor(t / b)
  for _ = 1, 96 do
    local list = counts(ring, index - run + 1, index + run - 1)
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

if ARGV[9] ~= '' then undo(tonumber(ARGV[9]), keys, margin) end

-- What this send holds from an earlier turn.
local slot, hasTicket, wasLate = nil, false, ARGV[10] == '1'
local held = redis.call('GET', own)
if held then
  redis.call('DEL', own)
  local mark, at, text = held:sub(1, 1), held:match('^.(%d+)|(.*)$')
  at = tonumber(at)
  hasTicket = true
  if mark == 's' then
    if at + margin >= now + 5 and text == keysText then
      slot = at
    else
      wasLate = wasLate or at + margin < now + 5
      undo(at, cjson.decode(text), margin)
    end
  end
end
-- A late one would be late again after another move: it may wait here for longer.
local patience = wasLate and lead * 8 or lead
if slot then patience = max(patience, lead * 2) end

for _, key in ipairs(keys) do
  if key.o then
    local leases = root .. ':open:' .. key.n
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
    if redis.call('ZCARD', leases) >= key.o and not redis.call('ZSCORE', leases, sendId) then
      if slot then undo(slot, keys, margin) end
      local pool = root .. ':pool:' .. key.n
      local state = redis.call('HMGET', pool, 'hold', 'next')
      local at = max(tonumber(state[2] or 0), now) + (tonumber(state[1] or 200) / max(1, key.o))
      at = min(at, now + horizon)
      redis.call('HSET', pool, 'next', name(at))
      redis.call('PEXPIRE', pool, name(keepMs))
      return { 'open', name(nowExact), name(max(at, now + 10)) }
    end
  end
end

local isNew = not slot
local windows = {}
if isNew then
  local certain, reach = true, horizon
  slot = now
  for _, key in ipairs(keys) do
    for _, window in ipairs(key.w) do
      local most, length = window[1], window[2]
      local ring = ringOf(key.n, length)
      local state = redis.call('HMGET', ring, 'h', 'hl', 'tail')
      local start = now
      if state[1] and tonumber(state[2]) >= most then start = max(now, tonumber(state[1])) end
      local at, sure = earliest(ring, most, length, start)
      if at > now then
        redis.call('HSET', ring, 'h', name(at), 'hl', most)
        redis.call('PEXPIRE', ring, name(2 * length + keepMs))
      end
      certain = certain and sure
      local tail = tonumber(state[3] or 0)
      if tail > now + early and not hasTicket then reach = early end
      windows[#windows + 1] = { ring = ring, most = most, length = length, at = at, tail = tail }
      slot = max(slot, at)
    end
  end
  -- Windows answered each for itself; now a time that suits all of them.
  local again, rounds = true, 0
  while again and #windows > 1 do
    again = false
    rounds = rounds + 1
    for _, window in ipairs(windows) do
      local at, sure = earliest(window.ring, window.most, window.length, slot)
      certain = certain and sure
      if at > slot then
        slot = at
        again = true
      end
    end
    if rounds > 24 and again then
      certain = false
      again = false
    end
  end
  if not certain or slot > now + reach then
    local at = now
    for _, window in ipairs(windows) do
      if window.at > now or window.tail > now then at = max(at, window.at, window.tail) end
    end
    if reach == horizon then at = max(at, min(slot, now + longest)) end
    if at > now + longest then
      return { 'back', name(nowExact), name(now + longest) }
    end
    for _, window in ipairs(windows) do
      if window.at > now or window.tail > now then
        local tail = max(window.at, window.tail) + (window.length + margin) / window.most
        redis.call('HSET', window.ring, 'tail', name(math.ceil(tail)))
      end
    end
    redis.call('SET', own, 't' .. name(at) .. '|', 'PX', name(at - now + 120000))
    return { 'back', name(nowExact), name(max(now + 50, at - early)) }
  end
  for _, window in ipairs(windows) do
    change(window.ring, window.length, slot, 1, margin, keepMs)
  end
end

if slot > now + patience then
  redis.call('SET', own, 's' .. name(slot) .. '|' .. keysText, 'PX', name(slot - now + 120000))
  return { 'booked', name(nowExact), name(slot) }
end
for _, key in ipairs(keys) do
  if key.o then
    local leases = root .. ':open:' .. key.n
    redis.call('ZADD', leases, name(now + leaseMs), sendId)
    redis.call('PEXPIRE', leases, name(leaseMs * 2))
  end
end
return { 'go', name(nowExact), name(slot) }
`);

/** KEYS[1] root; ARGV[1] send id, [2] margin. Gives back a booked slot; returns 1 when there was one. */
export const releaseSlot = defineScript(`${library}
local own = root .. ':slot:' .. ARGV[1]
local held = redis.call('GET', own)
if not held then return 0 end
redis.call('DEL', own)
local mark, at, text = held:sub(1, 1), held:match('^.(%d+)|(.*)$')
if mark ~= 's' then return 0 end
undo(tonumber(at), cjson.decode(text), tonumber(ARGV[2]))
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
