-- Statistics: what the trail tells, counted by the hour and by the day (UTC). The counts, and the
-- number of the last entry that is in them, change in one step: nothing is counted twice.
--
-- A bucket is named by the time that it begins at, in milliseconds. What is subtracted from a bucket
-- that is no longer kept is gone with it.

local BUCKETS = {
  { name = 'hour', length = 3600 * 1000, kept = 62 * 24 * 3600 * 1000 },
  { name = 'day', length = 24 * 3600 * 1000, kept = 800 * 24 * 3600 * 1000 },
}
local RESOLUTIONS = { approved = true, rejected = true, escalated = true }
local MOST_AGES = 10000

local function bucket_key(root, name, start)
  return root .. ':statistics:' .. name .. ':' .. start
end

local function statistics_state(root)
  local state = redis.call('HMGET', root .. ':statistics:state', 'counted', 'floor', 'again')
  return state[1] or redis.call('HGET', root .. ':chain', 'anchor') or '0', state[2] or '0',
    state[3] or '0'
end

-- What an item was made of, and where its comment stood before its resolution.
local function judged_item(root, id)
  local item = id ~= '' and load_item(root, id)
  if not item then return nil, '' end
  local prior = item.prior and cjson.decode(item.prior) or {}
  return {
    queued = item.queued, appeal = item.appeal ~= nil, reopened = item.before ~= nil,
    status = prior.status, by = prior.by,
  }, redis.call('GET', content_key(root, item.comment, item.content)) or ''
end

-- The fields of an entry, its number among them.
local function with_number(entry)
  local fields = mapped(entry[2])
  fields.number = string.match(entry[1], '%d+')
  return fields
end

-- The resolution of an item that an entry of that number takes back; nothing once it was archived.
local function taken_back(root, number, comment, id)
  local numbers = redis.call('LRANGE', root .. ':history:' .. comment, 0, -1)
  for at = #numbers, 1, -1 do
    if tonumber(numbers[at]) < tonumber(number) then
      local entry_id = numbers[at] .. '-0'
      local entry = redis.call('XRANGE', root .. ':audit', entry_id, entry_id)[1]
      if not entry then return nil end
      local fields = mapped(entry[2])
      if fields.item == id and RESOLUTIONS[fields.kind] then return with_number(entry) end
    end
  end
  return nil
end

-- An entry with what counting it takes, its item and what it takes back, and the content. The first
-- is one string, since a client takes long to read many.
local function told_entry(root, entry)
  local fields = with_number(entry)
  local item, undone, content = nil, nil, ''
  if fields.kind == 'submitted' or fields.kind == 'revised' then
    content = redis.call('GET', content_key(root, fields.comment, fields.revision)) or ''
  elseif RESOLUTIONS[fields.kind] then
    item, content = judged_item(root, fields.item)
  elseif fields.kind == 'undone' then
    item, content = judged_item(root, fields.item)
    undone = taken_back(root, fields.number, fields.comment, fields.item)
  end
  return { cjson.encode({ entry = fields, item = item, undone = undone }), content }
end

-- The number of the last counted entry, and the next ones with what counting them takes.
local function statistics_read(keys, args)
  local root, limit = keys[1], tonumber(args[1])
  local counted, _, again = statistics_state(root)
  -- A page does not go beyond what a recount takes up again: the floor holds for all of it.
  local last = tonumber(counted) < tonumber(again) and again .. '-0' or '+'
  local entries = redis.call('XRANGE', root .. ':audit', digits(tonumber(counted) + 1) .. '-0',
    last, 'COUNT', limit)
  for at, entry in ipairs(entries) do
    entries[at] = told_entry(root, entry)
  end
  return { counted, entries }
end

local function forget_old_buckets(root, bucket)
  local starts = root .. ':statistics:' .. bucket.name .. 's'
  local last = redis.call('ZREVRANGE', starts, 0, 0)[1]
  if not last then return end
  local old = '(' .. digits(tonumber(last) - bucket.kept)
  for _, start in ipairs(redis.call('ZRANGEBYSCORE', starts, '-inf', old)) do
    redis.call('DEL', bucket_key(root, bucket.name, start))
  end
  redis.call('ZREMRANGEBYSCORE', starts, '-inf', old)
end

local function count_in(root, bucket, at, fields)
  local starts = root .. ':statistics:' .. bucket.name .. 's'
  local start = at - at % bucket.length
  local last = redis.call('ZREVRANGE', starts, 0, 0)[1]
  if last and start < tonumber(last) - bucket.kept then return end
  local key = bucket_key(root, bucket.name, digits(start))
  redis.call('ZADD', starts, digits(start), digits(start))
  for field, by in pairs(fields) do
    if redis.call('HINCRBY', key, field, digits(by)) == 0 then redis.call('HDEL', key, field) end
  end
end

-- Adds pairs of an hour and an object of fields and numbers, and moves on from one entry's number to
-- another; nothing where somebody else did so before.
local function statistics_add(keys, args)
  local root, from, to = keys[1], args[1], args[2]
  local counted, floor, again = statistics_state(root)
  if counted ~= from then return 0 end
  local least = tonumber(from) < tonumber(again) and tonumber(floor) or 0
  for at = 3, #args, 2 do
    local time = tonumber(args[at])
    if time >= least then
      local fields = cjson.decode(args[at + 1])
      for _, bucket in ipairs(BUCKETS) do
        count_in(root, bucket, time, fields)
      end
    end
  end
  for _, bucket in ipairs(BUCKETS) do
    forget_old_buckets(root, bucket)
  end
  redis.call('HSET', root .. ':statistics:state', 'counted', to)
  return 1
end

-- Forgets the counts of the days that the trail still tells from their beginning, and has them
-- counted again. Where nothing was archived, that is all of them.
local function statistics_again(keys)
  local root = keys[1]
  local counted, _, again = statistics_state(root)
  if tonumber(again) > tonumber(counted) then counted = again end
  local anchor = redis.call('HGET', root .. ':chain', 'anchor') or '0'
  local floor = 0
  if anchor ~= '0' then
    local first = redis.call('XRANGE', root .. ':audit', '-', '+', 'COUNT', 1)[1]
    local day = BUCKETS[2].length
    floor = first and (math.floor(tonumber(mapped(first[2]).at) / day) + 1) * day or 0
  end
  for _, bucket in ipairs(BUCKETS) do
    local starts = root .. ':statistics:' .. bucket.name .. 's'
    for _, start in ipairs(redis.call('ZRANGEBYSCORE', starts, digits(floor), '+inf')) do
      redis.call('DEL', bucket_key(root, bucket.name, start))
    end
    redis.call('ZREMRANGEBYSCORE', starts, digits(floor), '+inf')
  end
  redis.call('HSET', root .. ':statistics:state', 'counted', anchor, 'floor', digits(floor),
    'again', counted)
  return counted
end

-- The number of the last counted entry, and that of the last entry.
local function statistics_counted(keys)
  local counted = statistics_state(keys[1])
  return { counted, redis.call('HGET', keys[1] .. ':chain', 'sequence') or '0' }
end

-- What was counted in each of some buckets of one kind, as pairs of field and number: of the fields
-- that begin with one of some prefixes, or all where there is no prefix.
local function statistics_buckets(keys, args)
  local root, name, prefixes, found = keys[1], args[1], cjson.decode(args[2]), {}
  local function is_wanted(field)
    for _, prefix in ipairs(prefixes) do
      if string.sub(field, 1, #prefix) == prefix then return true end
    end
    return #prefixes == 0
  end
  for at = 3, #args do
    local flat, wanted = redis.call('HGETALL', bucket_key(root, name, args[at])), {}
    for place = 1, #flat, 2 do
      if is_wanted(flat[place]) then
        wanted[#wanted + 1] = flat[place]
        wanted[#wanted + 1] = flat[place + 1]
      end
    end
    found[#found + 1] = wanted
  end
  return found
end

-- Since when open items wait: the oldest, and the median; '' where none is open. Items are numbered
-- as they come. Of very many in one state, a sample tells.
local function statistics_waiting(keys)
  local root, numbers = keys[1], {}
  for _, state in ipairs(OPEN) do
    local queue, ids = root .. ':queue:' .. state, nil
    if redis.call('ZCARD', queue) > MOST_AGES then
      ids = redis.call('ZRANDMEMBER', queue, MOST_AGES)
    else
      ids = redis.call('ZRANGE', queue, 0, -1)
    end
    for _, id in ipairs(ids) do
      numbers[#numbers + 1] = tonumber(id)
    end
  end
  if #numbers == 0 then return { '', '' } end
  table.sort(numbers)
  local function queued(number)
    return redis.call('HGET', root .. ':item:' .. digits(number), 'queued')
  end
  return { queued(numbers[1]), queued(numbers[math.ceil(#numbers / 2)]) }
end
