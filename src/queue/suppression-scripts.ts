import { defineScript } from './script.ts';

/*
 * The mirror of the suppression list in Redis. A list is 32,768 buckets, hashes that are small enough
 * for Redis to keep them as flat lists up to some 4 million entries. Which list holds is told by the
 * hash that the scripts are given as KEYS[1]:
 *
 *   g = number of the list that holds, n = its entries, d = those for domains, x = its digest
 *   b = number of the list that a rebuild is filling; bn, bd, bx = the same of it
 *   l = the latest number given to a list
 *
 * A rebuild fills a list aside and then makes it the one that holds, in one step that does not depend
 * on its size. What is changed meanwhile is changed in both, and noted, so that an older state that the
 * rebuild has read before does not overwrite it.
 *
 *   <suppressed>:<list>:<bucket>   8 bytes of the place → records (suppression-record.ts)
 *   <suppressed>:<list>:changed    set of places and records that were changed during its rebuild
 */

/** Buckets of a list. */
export const bucketCount = 32_768;

/**
 * Lua function: suppressionsOf(suppressed, places) → the records of an address and its domain as hex
 * digits and the time, ms since 1970; or an empty text and 0. One command where the list is empty.
 *
 * places: those of both as 20 hex digits each
 */
export const suppressionsLua = `
local function suppressionsOf(suppressed, places)
  local about = redis.call('HMGET', suppressed, 'n', 'g', 'd')
  if not about[1] or about[1] == '0' then return '', 0 end
  local list = suppressed .. ':' .. (about[2] or 0) .. ':'
  local function at(hex, from)
    local bucket = math.floor(tonumber(hex:sub(from, from + 3), 16) / 2)
    local high = tonumber(hex:sub(from + 4, from + 11), 16)
    local low = tonumber(hex:sub(from + 12, from + 19), 16)
    return redis.call('HGET', list .. bucket, struct.pack('>I4I4', high, low)) or ''
  end
  local records = at(places, 1)
  if about[3] ~= '0' then records = records .. at(places, 21) end
  if records == '' then return '', 0 end
  local hex = records:gsub('.', function(byte) return string.format('%02x', byte:byte()) end)
  local time = redis.call('TIME')
  return hex, time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** Lua functions that change a list: openList(role), change(list, place, id, record), closeList(list). */
const changesLua = `
local suppressed = KEYS[1]
local fieldsOf = {
  current = { 'g', 'n', 'd', 'x' },
  building = { 'b', 'bn', 'bd', 'bx' },
}
local function openList(role)
  local fields = fieldsOf[role]
  local about = redis.call('HMGET', suppressed, unpack(fields))
  local digest = about[4] or '0000000000000000'
  return {
    fields = fields,
    name = suppressed .. ':' .. (about[1] or 0) .. ':',
    count = tonumber(about[2] or 0),
    domains = tonumber(about[3] or 0),
    high = tonumber(digest:sub(1, 8), 16),
    low = tonumber(digest:sub(9), 16),
  }
end
local function closeList(list)
  local digest = bit.tohex(list.high) .. bit.tohex(list.low)
  local _, count, domains, sum = unpack(list.fields)
  redis.call('HSET', suppressed, count, list.count, domains, list.domains, sum, digest)
end
local function tally(list, place, record, step)
  local digest = redis.sha1hex(place .. record)
  list.high = bit.bxor(list.high, tonumber(digest:sub(1, 8), 16))
  list.low = bit.bxor(list.low, tonumber(digest:sub(9, 16), 16))
  list.count = list.count + step
  if record:sub(2, 2) == 'd' then list.domains = list.domains + step end
end
local function change(list, place, id, record)
  local bucket = list.name .. math.floor(struct.unpack('>I2', place) / 2)
  local field = place:sub(3)
  local value = redis.call('HGET', bucket, field) or ''
  local at, kept = 1, {}
  while at <= #value do
    local length = value:byte(at)
    if length == 0 then break end
    local each = value:sub(at, at + length - 1)
    if each:sub(2, 1 + #id) == id then tally(list, place, each, -1) else kept[#kept + 1] = each end
    at = at + length
  end
  if record ~= '' then
    kept[#kept + 1] = record
    tally(list, place, record, 1)
  end
  if #kept == 0 then redis.call('HDEL', bucket, field)
  else redis.call('HSET', bucket, field, table.concat(kept)) end
end
`;

/**
 * Puts and removes suppressions. KEYS[1] suppressed; ARGV for each: place, record id, and the record,
 * or an empty text where it goes.
 */
export const changeSuppressions = defineScript(`${changesLua}
local current = openList('current')
local building = redis.call('HEXISTS', suppressed, 'b') == 1 and openList('building')
for i = 1, #ARGV, 3 do
  local place, id, record = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  change(current, place, id, record)
  if building then
    change(building, place, id, record)
    redis.call('SADD', building.name .. 'changed', place .. id)
  end
end
closeList(current)
if building then closeList(building) end
`);

/** Begins a list; one that another rebuild was filling is given up. KEYS[1] suppressed, [2] before. Returns its number. */
export const beginRebuild = defineScript(`
local givenUp = redis.call('HGET', KEYS[1], 'b')
if givenUp then redis.call('SADD', KEYS[2], givenUp) end
local number = redis.call('HINCRBY', KEYS[1], 'l', 1)
redis.call('HSET', KEYS[1], 'b', number, 'bn', 0, 'bd', 0, 'bx', '0000000000000000')
return number
`);

/**
 * Fills a list with what was not changed since the rebuild began. KEYS[1] suppressed; ARGV[1] number of
 * the list, then for each entry place, record id and record. Returns 0 where it was given up.
 */
export const fillList = defineScript(`${changesLua}
if redis.call('HGET', suppressed, 'b') ~= ARGV[1] then return 0 end
local building = openList('building')
local changed = building.name .. 'changed'
for i = 2, #ARGV, 3 do
  if redis.call('SISMEMBER', changed, ARGV[i] .. ARGV[i + 1]) == 0 then
    change(building, ARGV[i], ARGV[i + 1], ARGV[i + 2])
  end
end
closeList(building)
return 1
`);

/**
 * Makes a filled list the one that holds. KEYS[1] suppressed, [2] before; ARGV[1] its number.
 * Returns 0 where it was given up.
 */
export const finishRebuild = defineScript(`
local about = redis.call('HMGET', KEYS[1], 'b', 'bn', 'bd', 'bx', 'g')
if about[1] ~= ARGV[1] then return 0 end
redis.call('SADD', KEYS[2], about[5] or 0)
redis.call('HSET', KEYS[1], 'g', about[1], 'n', about[2], 'd', about[3], 'x', about[4])
redis.call('HDEL', KEYS[1], 'b', 'bn', 'bd', 'bx')
redis.call('UNLINK', KEYS[1] .. ':' .. about[1] .. ':changed')
return 1
`);

/** Looks addresses up. KEYS[1] suppressed; ARGV for each its places. Returns for each its records and the time. */
export const findSuppressions = defineScript(`${suppressionsLua}
local answer = {}
for i = 1, #ARGV do
  answer[2 * i - 1], answer[2 * i] = suppressionsOf(KEYS[1], ARGV[i])
end
return answer
`);
