import { changing } from './begin.js'

/**
 * ARGV: user, at, reason, by, ending id, release, spares re-keys, marks; which ('all', 'ids' or 'except'), how many key hashes,
 * those, and ids.
 */
export const END = changing(`
  local at, reason, by, ending = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
  local release, spares, marks_it = ARGV[6] == '1', ARGV[7] == '1', ARGV[8] == '1'
  local which = ARGV[9]
  local first = 11 + tonumber(ARGV[10])
  local under
  if tonumber(ARGV[10]) > 0 then
    under = {}
    for i = 11, first - 1 do under[ARGV[i]] = true end
  end

  local function among(key)
    local ids = {}
    if which == 'ids' then
      for i = first, #ARGV do ids[#ids + 1] = ARGV[i] end
      return ids
    end
    local spared = {}
    for i = first, #ARGV do spared[ARGV[i]] = true end
    for _, id in ipairs(redis.call('HKEYS', key)) do
      if not spared[id] then ids[#ids + 1] = id end
    end
    return ids
  end

  if not spares and redis.call('EXISTS', pending) == 1 then
    for _, id in ipairs(among(pending)) do
      local value = under and redis.call('HGET', ended, id)
      if not under or (value and under[split(value)[8]]) then redis.call('HDEL', pending, id) end
    end
  end

  local result = {'ended'}
  for _, id in ipairs(among(live)) do
    local value = redis.call('HGET', live, id)
    local fields = value and (release or under) and split(value)
    if value and (not under or under[fields[5]]) then
      result[#result + 1] = id
      result[#result + 1] = finish(id, value, at, reason, by)
      if reason == 'user' then redis.call('HSET', pending, id, ending) end
      if release then
        if redis.call('HGET', index, fields[5]) == id then redis.call('HDEL', index, fields[5]) end
        fields[5], fields[6] = id, ''
        finish(id, join(fields), at, reason, by)
      end
    end
  end
  if #result > 1 then
    bump()
    if marks_it then mark(1, at) end
  end
  return result
`)

/** ARGV: user, id, ending id, new key hash, new sealed key, at, tombstone id, whether it takes back a mark. */
export const REKEY = changing(`
  local id, hash, at, tombstone = ARGV[2], ARGV[4], ARGV[6], ARGV[7]
  if redis.call('HGET', pending, id) ~= ARGV[3] or redis.call('HEXISTS', index, hash) == 1 then return {'no'} end
  local value = redis.call('HGET', ended, id)
  if not value then return {'no'} end
  local fields = split(value)
  local endedAt, by = table.remove(fields, 1), fields[2]
  table.remove(fields, 1)
  table.remove(fields, 1)
  local old = fields[5]
  local rest = {fields[1], fields[2], fields[3], fields[4], old, fields[6], '', '', '', '', '', ''}
  redis.call('HDEL', ended, id)
  finish(tombstone, join(rest), at, 'rekeyed', by)
  -- A released key's place is held by nothing.
  if redis.call('HGET', index, old) == id then redis.call('HSET', index, old, tombstone) end
  if tonumber(at) > tonumber(fields[1]) then fields[1] = at end
  fields[5], fields[6] = hash, ARGV[5]
  redis.call('HSET', live, id, join(fields))
  redis.call('HSET', index, hash, id)
  redis.call('HDEL', pending, id)
  bump()
  if ARGV[8] == '1' then unmark(endedAt) end
  return {'yes'}
`)
