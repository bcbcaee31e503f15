import { reading } from './begin.js'

/*
 * A move goes from bucket to bucket, which no one script can. Both users are held first, in the order of their ids; whoever finds one of
 * them held does the same steps to the end, so that a process that dies in between holds nobody up. Each step may run twice: one
 * that is over leaves a receipt, and does nothing then.
 */

/** How long a receipt of a move stays: longer than anybody can come late with a step of it. Milliseconds. */
const KEPT = 30 * 86_400_000

/** ARGV: user, the move. 'held', 'over', or another move that holds the user. */
export const HOLD = reading(`
if redis.call('EXISTS', receipt) == 1 then return {'over'} end
local holder = redis.call('HGET', moving, user)
if holder and holder ~= ARGV[2] then return {'moving', holder} end
redis.call('HSET', moving, user, ARGV[2])
return {'held'}
`)

/** ARGV: user. All that is to be moved: live, ended, pending, and count and time of the marks. */
export const PARCEL = reading(`
return {
  redis.call('HGETALL', live), redis.call('HGETALL', ended), redis.call('HGETALL', pending),
  redis.call('HGET', marked, user) or '0', redis.call('ZSCORE', marks, user) or '0'
}
`)

/**
 * ARGV: user, the move, count and time of the marks, how many strings live and ended are; those; pending. The ids that it took, or has
 * taken, in, but for those whose key the user has a record of.
 */
export const TAKE_IN = reading(`
local before = redis.call('GET', receipt)
if before then return cmsgpack.unpack(before) end
if redis.call('HGET', moving, user) ~= ARGV[2] then return {'over'} end
local result = {'taken'}
local taken = {}
local DAY = 86400000

local function take(key, id, value, skipped)
  if redis.call('HEXISTS', live, id) == 1 or redis.call('HEXISTS', ended, id) == 1 then return end
  local fields = split(value)
  local hash, expires = fields[skipped + 5], tonumber(fields[skipped + 2])
  if redis.call('HEXISTS', index, hash) == 1 then return end
  redis.call('HSET', key, id, value)
  -- A released record's id is in its key's place.
  if hash ~= id then redis.call('HSET', index, hash, id) end
  redis.call('ZADD', due, 'LT', whole(math.ceil(expires / DAY) * DAY), user)
  taken[id] = true
  result[#result + 1] = id
end

local i = 7
for _ = 1, tonumber(ARGV[5]), 2 do
  take(live, ARGV[i], ARGV[i + 1], 0)
  i = i + 2
end
for _ = 1, tonumber(ARGV[6]), 2 do
  take(ended, ARGV[i], ARGV[i + 1], 3)
  i = i + 2
end
while i <= #ARGV do
  if taken[ARGV[i]] then redis.call('HSET', pending, ARGV[i], ARGV[i + 1]) end
  i = i + 2
end
bump()
if tonumber(ARGV[3]) > 0 then mark(ARGV[3], ARGV[4]) end
redis.call('SET', receipt, cmsgpack.pack(result), 'PX', ${KEPT})
return result
`)

/** ARGV: user, the move, and with the first user the ids that were taken in. Lets go of what is gone, and of the user. */
export const LET_GO = reading(`
if redis.call('HGET', moving, user) ~= ARGV[2] then return {'over'} end
if ARGV[3] then
  for i = 4, #ARGV do
    local id = ARGV[i]
    local value = redis.call('HGET', live, id)
    local hash = value and split(value)[5]
    if not value then
      value = redis.call('HGET', ended, id)
      hash = value and split(value)[8]
    end
    if hash and redis.call('HGET', index, hash) == id then redis.call('HDEL', index, hash) end
    redis.call('HDEL', live, id)
    redis.call('HDEL', ended, id)
    redis.call('HDEL', pending, id)
  end
  unmarkAll()
  bump()
  if redis.call('EXISTS', live, ended) == 0 then redis.call('ZREM', due, user) end
end
redis.call('HDEL', moving, user)
redis.call('SET', receipt, '1', 'PX', ${KEPT})
return {'gone'}
`)
