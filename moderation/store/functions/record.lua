-- The moderation record: what was submitted under a comment's id, and what became of it.

local STATUS = { allow = 'published', flag = 'waiting', reject = 'refused' }

local function record_reply(root, outcome, comment, fields)
  local record = mapped(fields)
  local content = redis.call('GET', root .. ':content:' .. record.revision .. ':' .. comment)
  return { outcome, fields, content }
end

local function record_submit(keys, args)
  local root, now, comment = keys[1], moment(args[1]), args[2]
  local identity, content, action, clause = args[3], args[4], args[5], args[6]
  local clauses, severity, article, section, detail = args[7], args[8], args[9], args[10], args[11]
  local key = root .. ':comment:' .. comment
  local fields = redis.call('HGETALL', key)
  local known = mapped(fields)
  if known.identity == identity then
    return record_reply(root, 'repeated', comment, fields)
  end

  local revision = digits((tonumber(known.revision) or 0) + 1)
  if known.item and known.item ~= '' then
    local item = load_item(root, known.item)
    move(root, known.item, item, 'superseded', NO_LEASE)
  end
  local status, items, item = STATUS[action], known.items or '', ''
  if status == 'waiting' then
    item = enqueue(root, now, comment, revision, severity, clauses, article, section)
    items = items == '' and item or (items .. ',' .. item)
    redis.call('ZREM', root .. ':decided', comment)
  else
    redis.call('ZADD', root .. ':decided', digits(now), comment)
  end
  redis.call('SET', root .. ':content:' .. revision .. ':' .. comment, content)
  redis.call('HDEL', key, 'by', 'moderator', 'clause', 'note', 'decided')
  redis.call('HSET', key, 'identity', identity, 'revision', revision, 'status', status,
    'item', item, 'items', items, 'submitted', digits(now))
  if status ~= 'waiting' then
    redis.call('HSET', key, 'by', 'machine', 'clause', clause, 'decided', digits(now))
  end
  local kind = known.revision and 'revised' or 'submitted'
  append(root, now, kind, comment, revision, item, '', detail)
  return record_reply(root, 'recorded', comment, redis.call('HGETALL', key))
end

local function record_get(keys, args)
  local fields = redis.call('HGETALL', keys[1] .. ':comment:' .. args[1])
  if #fields == 0 then
    return { 'absent' }
  end
  return record_reply(keys[1], 'record', args[1], fields)
end

-- The contents of every revision, the first first.
local function record_contents(keys, args)
  local root, comment = keys[1], args[1]
  local last = tonumber(redis.call('HGET', root .. ':comment:' .. comment, 'revision') or '0')
  local contents = {}
  for revision = 1, last do
    contents[revision] = redis.call('GET', root .. ':content:' .. revision .. ':' .. comment) or ''
  end
  return contents
end
