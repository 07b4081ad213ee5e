-- Records in pages, the newest submission first.

local function has_clause(record, wanted)
  if record.clause == wanted then return true end
  for _, clause in ipairs(cjson.decode(record.clauses)) do
    if clause == wanted then return true end
  end
  return false
end

-- Whether a record is wanted, by everything but its content.
local function wanted_record(filters, record)
  for _, field in ipairs({ 'article', 'moderator', 'status', 'by' }) do
    if filters[field] and record[field] ~= filters[field] then return false end
  end
  if filters['until'] and tonumber(record.submitted) >= filters['until'] then return false end
  return not filters.clause or has_clause(record, filters.clause)
end

local function submitted_at(root, comment)
  return tonumber(redis.call('HGET', record_key(root, comment), 'submitted'))
end

-- The number above all that were submitted before a time: submissions are numbered in order.
local function number_before(root, index, time)
  local low, high = 0, redis.call('ZCARD', index)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local comment = redis.call('ZREVRANGE', index, middle, middle)[1]
    if submitted_at(root, comment) >= time then low = middle + 1 else high = middle end
  end
  local first = redis.call('ZREVRANGE', index, low, low, 'WITHSCORES')
  return first[2] and digits(tonumber(first[2]) + 1) or '0'
end

-- Whether a record is wanted, with its reply where it is. A rule that no reason names is not.
local function wanted_reply(root, comment, number, filters)
  local record = load_record(root, comment)
  if not wanted_record(filters, record) then return nil end
  local content = redis.call('GET', content_key(root, comment, record.content))
  if filters.rule and not string.find(content, filters.rule, 1, true) then return nil end
  return { comment, number, told_record(record), content }
end

-- Records of an index before a number ('' from the newest): where to go on ('' at the end), how
-- many were seen, and those wanted, as comment, number, record and content.
local function record_page(keys, args)
  local root, kind, before = keys[1], args[1], args[3]
  local limit, budget, filters = tonumber(args[4]), tonumber(args[5]), cjson.decode(args[6])
  local index = root .. ':records' .. (kind ~= '' and ':' .. kind .. ':' .. args[2] or '')
  if before == '' and filters['until'] then
    before = number_before(root, index, filters['until'])
  end
  local found, seen = {}, 0
  while true do
    local chunk = redis.call('ZREVRANGEBYSCORE', index, before == '' and '+inf' or '(' .. before,
      '-inf', 'WITHSCORES', 'LIMIT', 0, CHUNK)
    for at = 1, #chunk, 2 do
      local comment = chunk[at]
      if filters.since and submitted_at(root, comment) < filters.since then
        return { '', seen, found }
      end
      before, seen = chunk[at + 1], seen + 1
      found[#found + 1] = wanted_reply(root, comment, before, filters)
      if #found == limit or seen == budget then
        local more = redis.call('ZCOUNT', index, '-inf', '(' .. before) > 0
        return { more and before or '', seen, found }
      end
    end
    if #chunk < 2 * CHUNK then return { '', seen, found } end
  end
end
