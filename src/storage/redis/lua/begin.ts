/**
 * What every script on one user's records begins with. KEYS are those of `userKeys`, the user is the first argument. The
 * fields of a record stand in one string, NUL between them: no text we keep has one.
 */
const WORDS = String.raw`
local receipt, live, ended, index, pending, log, due, erased, marks, marked, blocked, moving = unpack(KEYS)
local user = ARGV[1]

local function split(value)
  local fields = {}
  for field in string.gmatch(value .. '\0', '([^%z]*)%z') do fields[#fields + 1] = field end
  return fields
end

local function join(fields) return table.concat(fields, '\0') end

local function whole(number) return string.format('%.0f', number) end

-- The log is in the order in which things were done. With the server's time in it, it goes on above all that was ever told,
-- even when a server that takes over has not heard of the last changes, or begins anew.
local function bump()
  local time = redis.call('TIME')
  local at = time[1] * 1000 + math.floor(time[2] / 1000)
  local last = redis.call('ZREVRANGE', log, 0, 0, 'WITHSCORES')[2]
  if last and tonumber(last) >= at then at = tonumber(last) + 1 end
  redis.call('ZADD', log, whole(at), user)
  redis.call('ZREM', erased, 'e' .. user, 'p' .. user)
end

local function mark(ends, since)
  redis.call('HINCRBY', marked, user, ends)
  redis.call('ZADD', marks, 'LT', since, user)
end

local function unmarkAll()
  redis.call('ZREM', marks, user)
  redis.call('HDEL', marked, user)
end

local function unmark(endedAt)
  local since = redis.call('ZSCORE', marks, user)
  if not since or tonumber(since) > tonumber(endedAt) then return end
  if redis.call('HINCRBY', marked, user, -1) <= 0 then unmarkAll() end
end

-- Ended, a record begins with when, why and by whom.
local function finish(id, value, at, reason, by)
  local after = at .. '\0' .. reason .. '\0' .. by .. '\0' .. value
  redis.call('HDEL', live, id)
  redis.call('HSET', ended, id, after)
  return after
end
`

/** For scripts that change nothing, or may run twice. */
export function reading(body: string): string {
  return `${WORDS}${body}`
}

/**
 * For scripts that change something. A client may send one again when a connection broke before the answer came: it is
 * answered from the receipt then. While the user is being moved nothing else is done: whoever comes first finishes the move.
 */
export function changing(body: string): string {
  return `${WORDS}
local before = redis.call('GET', receipt)
if before then return cmsgpack.unpack(before) end
local move = redis.call('HGET', moving, user)
if move then return {'moving', move} end

local function change()
${body}
end

local result = change()
if not result.err then redis.call('SET', receipt, cmsgpack.pack(result), 'PX', 30000) end
return result
`
}
