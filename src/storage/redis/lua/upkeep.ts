/**
 * KEYS: due, log, erased, moving; then live, ended, index and pending of each user. ARGV: before, now, limit, '1' to count only,
 * and the users. How many records; then those users who are being moved.
 */
export const PURGE = `
local due, log, erased, moving = unpack(KEYS, 1, 4)
local before, now, limit, dry = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local DAY = 86400000
local count = 0
local result = {0}

-- The expiry is the second field of a live record, the fifth of an ended one.
local function purge(key, skipped, keys)
  local all = redis.call('HGETALL', key)
  local least
  for i = 1, #all, 2 do
    local id, value = all[i], all[i + 1]
    local expires, rest = string.match(value, '^' .. string.rep('[^%z]*%z', skipped) .. '([^%z]*)%z(.*)$')
    local after = math.ceil(tonumber(expires) / DAY) * DAY
    if after < before and count < limit then
      count = count + 1
      if not dry then
        local hash = string.match(rest, '^[^%z]*%z[^%z]*%z([^%z]*)')
        redis.call('HDEL', key, id)
        if redis.call('HGET', keys[3], hash) == id then redis.call('HDEL', keys[3], hash) end
        redis.call('HDEL', keys[4], id)
      end
    elseif not least or after < least then
      least = after
    end
  end
  return least
end

for i = 5, #ARGV do
  local user = ARGV[i]
  local first = 5 + (i - 5) * 4
  if not dry and redis.call('HEXISTS', moving, user) == 1 then
    result[#result + 1] = user
  elseif count < limit then
    local keys = {unpack(KEYS, first, first + 3)}
    local a = purge(keys[1], 1, keys)
    local b = purge(keys[2], 4, keys)
    if not dry then
      local least = a and b and math.min(a, b) or a or b
      if least then
        redis.call('ZADD', due, string.format('%.0f', least), user)
      else
        redis.call('ZREM', due, user)
        redis.call('ZADD', erased, now, 'p' .. user)
      end
    end
  end
end
result[1] = count
return result
`

/** KEYS: due. ARGV: before, limit. Users who may have something to purge. */
export const DUE = `
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
`

/** KEYS: due. ARGV: from, to. All users who have records, by rank. */
export const USERS = `
return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])
`

/** KEYS: erased, log, marks, marked. ARGV: before. Forgets those whose erasure, or whose last record's purge, is from before that. */
export const FORGET = `
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', 0, 1000)) do
  local user = string.sub(member, 2)
  redis.call('ZREM', KEYS[2], user)
  if string.sub(member, 1, 1) == 'e' then
    redis.call('ZREM', KEYS[3], user)
    redis.call('HDEL', KEYS[4], user)
  end
  redis.call('ZREM', KEYS[1], member)
end
return 0
`
