import { changing } from './begin.js'

/** ARGV: user, id, value, key hash, purge after; with a cap also max, at, reason, by, whether it marks. */
export const RECORD = changing(`
  local id, value, hash = ARGV[2], ARGV[3], ARGV[4]
  if redis.call('SISMEMBER', blocked, user) == 1 then return {'blocked'} end
  local known = redis.call('HGET', index, hash)
  if known then
    local there = redis.call('HGET', live, known)
    if there then return {'exists', 'live', known, there} end
    return {'exists', 'ended', known, redis.call('HGET', ended, known)}
  end
  if redis.call('HEXISTS', live, id) == 1 or redis.call('HEXISTS', ended, id) == 1 then
    return redis.error_reply('ERR A record with this id exists already.')
  end
  local result = {'recorded'}
  local max = tonumber(ARGV[6])
  if max and redis.call('HLEN', live) >= max then
    local all = redis.call('HGETALL', live)
    local others = {}
    for i = 1, #all, 2 do
      others[#others + 1] = {id = all[i], value = all[i + 1], created = tonumber(split(all[i + 1])[3])}
    end
    table.sort(others, function(a, b)
      if a.created ~= b.created then return a.created > b.created end
      return a.id > b.id
    end)
    for i = max, #others do
      local other = others[i]
      result[#result + 1] = other.id
      result[#result + 1] = finish(other.id, other.value, ARGV[7], ARGV[8], ARGV[9])
    end
    bump()
    if ARGV[10] == '1' then mark(1, ARGV[7]) end
  end
  redis.call('HSET', live, id, value)
  redis.call('HSET', index, hash, id)
  redis.call('ZADD', due, 'LT', ARGV[5], user)
  redis.call('ZREM', erased, 'e' .. user, 'p' .. user)
  return result
`)

/** ARGV: user, id, '1' with a client before and then its ip, user agent and known clients, or '2' and data before; then number and value of each field. */
export const UPDATE = changing(`
  local id = ARGV[2]
  local value = redis.call('HGET', live, id)
  if not value then return {'no'} end
  local fields = split(value)
  if ARGV[3] == '1' and (fields[7] ~= ARGV[4] or fields[8] ~= ARGV[5] or fields[12] ~= ARGV[6]) then return {'no'} end
  if ARGV[3] == '2' and fields[11] ~= ARGV[4] then return {'no'} end
  for i = 7, #ARGV, 2 do
    local n = tonumber(ARGV[i])
    if n ~= 1 or tonumber(ARGV[i + 1]) > tonumber(fields[1]) then fields[n] = ARGV[i + 1] end
  end
  redis.call('HSET', live, id, join(fields))
  return {'yes'}
`)

/** ARGV: user, id, the sealed key as it is, and as it is to be. */
export const RESEAL = changing(`
  local value = redis.call('HGET', live, ARGV[2])
  local fields = value and split(value)
  if not fields or fields[6] ~= ARGV[3] then return {'no'} end
  fields[6] = ARGV[4]
  redis.call('HSET', live, ARGV[2], join(fields))
  return {'yes'}
`)

/** ARGV: user, '1' or '0'. */
export const BLOCK = changing(`
  redis.call(ARGV[2] == '1' and 'SADD' or 'SREM', blocked, user)
  bump()
  return {'done'}
`)

/** ARGV: user, now. */
export const ERASE = changing(`
  local count = redis.call('HLEN', live) + redis.call('HLEN', ended)
  if count > 0 or redis.call('ZSCORE', log, user) or redis.call('SISMEMBER', blocked, user) == 1 then
    redis.call('DEL', live, ended, index, pending)
    redis.call('ZREM', due, user)
    redis.call('SREM', blocked, user)
    bump()
    redis.call('ZADD', erased, ARGV[2], 'e' .. user)
  end
  return {'erased', whole(count)}
`)

/** ARGV: user, ended at; or user, since, changed at. */
export const SETTLED = changing(`
  if #ARGV == 2 then
    unmark(ARGV[2])
  else
    local since = redis.call('ZSCORE', marks, user)
    local changed = redis.call('ZSCORE', log, user)
    if since and changed and tonumber(since) == tonumber(ARGV[2]) and tonumber(changed) == tonumber(ARGV[3]) then
      unmarkAll()
    end
  end
  return {'done'}
`)

/**
 * KEYS: the live sessions of each user. ARGV: four for each touch: the number of the key, the id, last seen, expiry. Returns the
 * numbers of those it did not touch.
 */
export const TOUCH = String.raw`
local missed = {}
for i = 1, #ARGV, 4 do
  local key = KEYS[tonumber(ARGV[i])]
  local value = redis.call('HGET', key, ARGV[i + 1])
  if value then
    local seen, expires, rest = string.match(value, '^([^%z]*)%z([^%z]*)(.*)$')
    local later, longer = tonumber(ARGV[i + 2]) > tonumber(seen), tonumber(ARGV[i + 3]) > tonumber(expires)
    if later or longer then
      local fields = {later and ARGV[i + 2] or seen, '\0', longer and ARGV[i + 3] or expires, rest}
      redis.call('HSET', key, ARGV[i + 1], table.concat(fields))
    end
  else
    missed[#missed + 1] = (i + 3) / 4
  end
end
return missed
`

/** KEYS: the hash of all values. ARGV: the name; with a change also its value, and '1' if only when absent. */
export const META = `
if ARGV[3] == 'if' then
  if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[4] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
elseif ARGV[2] then
  redis.call(ARGV[3] == 'absent' and 'HSETNX' or 'HSET', KEYS[1], ARGV[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], ARGV[1])
`
