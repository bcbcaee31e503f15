import { reading } from './begin.js'

/** ARGV: user, 'id' or 'key', which one. */
export const FIND = reading(`
local id = ARGV[3]
if ARGV[2] == 'key' then id = redis.call('HGET', index, id) end
if not id then return {} end
local value = redis.call('HGET', live, id)
if value then return {'live', id, value} end
value = redis.call('HGET', ended, id)
if value then return {'ended', id, value} end
return {}
`)

/** ARGV: user; for a history, ended since. */
export const LIST = reading(`
if not ARGV[2] then return redis.call('HGETALL', live) end
local since = tonumber(ARGV[2])
local all = redis.call('HGETALL', ended)
local found = {}
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '^[^%z]*')) >= since then
    found[#found + 1] = all[i]
    found[#found + 1] = all[i + 1]
  end
end
return found
`)

/** ARGV: user. */
export const BLOCKED = reading(`
return redis.call('SISMEMBER', blocked, user)
`)

/** KEYS: a bucket's log. ARGV: the position to read after, or none for where the log ends. */
export const CHANGED = `
if not ARGV[1] then return redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES') end
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES')
`

/**
 * KEYS: a bucket's marks, marked and log. ARGV: before, limit; the time of the last one of the page before. Four for each: user,
 * ends, since, changed at; with all those of that same time.
 */
export const UNSETTLED = `
local from, limit = '-inf', tonumber(ARGV[2])
if ARGV[3] then
  from = ARGV[3]
  limit = limit + redis.call('ZCOUNT', KEYS[1], from, from)
end
local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, limit)
local result = {}
for i = 1, #found, 2 do
  result[#result + 1] = found[i]
  result[#result + 1] = redis.call('HGET', KEYS[2], found[i]) or '1'
  result[#result + 1] = found[i + 1]
  result[#result + 1] = redis.call('ZSCORE', KEYS[3], found[i]) or '0'
end
return result
`

/** KEYS: live and ended of each user. ARGV: text that an IP begins with, or ''. Two for each session: number of the user, id. */
export const SCAN = `
local text = ARGV[1]
local found = {}
for i = 1, #KEYS do
  if text == '' then
    for _, id in ipairs(redis.call('HKEYS', KEYS[i])) do
      found[#found + 1] = math.ceil(i / 2)
      found[#found + 1] = id
    end
  else
    local all = redis.call('HGETALL', KEYS[i])
    local skipped = i % 2 == 0 and 9 or 6
    for j = 1, #all, 2 do
      local ip = string.match(all[j + 1], '^' .. string.rep('[^%z]*%z', skipped) .. '%+([^%z]*)')
      if ip and string.sub(ip, 1, #text) == text then
        found[#found + 1] = math.ceil(i / 2)
        found[#found + 1] = all[j]
      end
    end
  end
end
return found
`

/** What must be known of a server before records are trusted to it. */
export const SERVER = String.raw`
redis.call('EXISTS', KEYS[1])
local about = redis.pcall('INFO')
if type(about) ~= 'string' then return {} end
local function value(name) return string.match(about, '\n' .. name .. ':([^\r\n]*)') or '' end
return {value('redis_version'), value('maxmemory'), value('maxmemory_policy'), value('role')}
`
