-- The moderation record: what was submitted under a comment's id, and what the machine made of it.

local STATUS = { allow = 'published', flag = 'waiting', reject = 'refused' }

local function record_reply(root, outcome, comment)
  local record = load_record(root, comment)
  local content = redis.call('GET', content_key(root, comment, record.content))
  return { outcome, told_record(record), content }
end

-- Closes the item of a record, whatever its state: something newer takes its place.
local function supersede(root, record)
  if record.item ~= '' then
    move(root, record.item, load_item(root, record.item), 'superseded', NO_LEASE)
  end
end

-- Lets a record stand as the machine judged, and queues it where it is to be looked at. Returns the
-- detail of the audit entry, with the status where the action does not tell it.
local function judged(root, now, comment, record, action, clause, appeal, detail)
  local status = STATUS[action]
  if status == 'published' and #review_marks(root, record) > 0 then
    status = 'waiting'
    detail = with_more(detail, { status = status })
  end
  if status == 'waiting' then
    stand(root, comment, record, { status = status })
  else
    stand(root, comment, record,
      { status = status, by = 'machine', clause = clause, decided = digits(now) })
    due(root, comment, digits(now))
  end
  if appeal and status == 'published' then
    redis.call('HSET', record_key(root, comment), 'appeal_outcome', 'approve')
  elseif appeal or status == 'waiting' then
    local id = enqueue(root, now, comment, record, { appeal = appeal })
    if appeal then not_due(root, comment) end
    if appeal then redis.call('HSET', record_key(root, comment), 'appeal_item', id) end
  end
  return detail
end

local function record_submit(keys, args)
  local root, now, comment = keys[1], moment(args[1]), args[2]
  local identity, content, action, clause, detail = args[3], args[4], args[5], args[6], args[7]
  local record = {
    clauses = args[8], severity = args[9], article = args[10], section = args[11],
    author = args[12], dialect = args[13], group = args[14],
  }
  local key = record_key(root, comment)
  local known = load_record(root, comment)
  if known and known.identity == identity then
    return record_reply(root, 'repeated', comment)
  end
  if known then
    supersede(root, known)
    unindex(root, comment, known)
    not_due(root, comment)
    redis.call('HDEL', key, 'newcomer', 'appeal', 'appealed', 'appeal_item', 'appeal_outcome')
    redis.call('HDEL', key, unpack(STANDING))
  end
  record.revision = digits((known and tonumber(known.revision) or 0) + 1)
  record.content, record.submitted = record.revision, digits(now)
  record.item, record.items = '', known and known.items or ''
  redis.call('HSET', key, 'identity', identity, 'revision', record.revision,
    'content', record.content, 'item', record.item, 'items', record.items,
    'clauses', record.clauses, 'severity', record.severity, 'article', record.article,
    'section', record.section, 'author', record.author, 'dialect', record.dialect,
    'group', record.group, 'submitted', record.submitted)
  if args[15] == '1' or args[15] == '' and is_new(root, record.author) then
    record.newcomer = '1'
    redis.call('HSET', key, 'newcomer', '1')
  end
  redis.call('SET', content_key(root, comment, record.content), content)
  detail = judged(root, now, comment, record, action, clause, nil, detail)
  local number = append(root, now, known and 'revised' or 'submitted', comment, record.revision,
    record.item, '', detail)
  for _, name in ipairs(record_indices(root, record)) do
    redis.call('ZADD', name, number, comment)
  end
  -- The service has just sent the content: it need not come back.
  return { 'recorded', told_record(record), '' }
end

local function record_get(keys, args)
  if not load_record(keys[1], args[1]) then
    return { 'absent' }
  end
  return record_reply(keys[1], 'record', args[1])
end

-- The contents of every revision as it was judged last, the first first.
local function record_contents(keys, args)
  local root, comment = keys[1], args[1]
  local record, contents = load_record(root, comment), {}
  if not record then return contents end
  local last = {}
  for name, revision in string.gmatch(record.rejudged or '', '((%d+)%.%d+)') do
    last[tonumber(revision)] = name
  end
  for revision = 1, tonumber(record.revision) do
    local key = content_key(root, comment, last[revision] or digits(revision))
    contents[revision] = redis.call('GET', key) or ''
  end
  return contents
end

local function record_conflict(reason, item)
  local fields = {}
  for _, field in ipairs({ 'holder', 'until' }) do
    if item and item[field] then
      fields[#fields + 1] = field
      fields[#fields + 1] = item[field]
    end
  end
  return { 'conflict', reason, fields }
end

-- A record with its item, a lease that ran out sent home first.
local function present_record(root, now, comment)
  local record = load_record(root, comment)
  if not record or record.item == '' then return record, nil end
  present_item(root, now, record.item)
  record = load_record(root, comment)
  return record, record.item ~= '' and load_item(root, record.item) or nil
end

-- Puts another verdict of the machine in the place of its last one on a revision. The content that
-- was judged before stays: the trail speaks of it.
local function record_judge_again(keys, args)
  local root, now, comment, revision, content = keys[1], moment(args[1]), args[2], args[3], args[4]
  local action, clause, detail, actor = args[5], args[6], args[7], args[10]
  local key = record_key(root, comment)
  local record, item = present_record(root, now, comment)
  if not record then return { 'absent' } end
  if record.revision ~= revision then return { 'changed' } end
  if redis.call('GET', content_key(root, comment, record.content)) == content then
    return record_reply(root, 'repeated', comment)
  end
  if record.by == 'moderator' then return record_conflict('decided_by_moderator') end
  if item and item.state == 'claimed' then return record_conflict('held', item) end
  if item and item.state == 'escalated' then return record_conflict('decided_by_moderator') end

  local appeal = item and item.state == 'waiting' and item.appeal or nil
  local _, times = string.gsub(record.rejudged or '', '%.', '')
  record.content = revision .. '.' .. digits(times + 1)
  record.rejudged = (record.rejudged and record.rejudged .. ',' or '') .. record.content
  record.clauses, record.severity = args[8], args[9]
  supersede(root, record)
  record.item = ''
  redis.call('SET', content_key(root, comment, record.content), content)
  redis.call('HSET', key, 'content', record.content, 'rejudged', record.rejudged, 'item', '',
    'clauses', record.clauses, 'severity', record.severity)
  not_due(root, comment)
  detail = with_more(detail, { judged = record.content })
  detail = judged(root, now, comment, record, action, clause, appeal, detail)
  append(root, now, 'rejudged', comment, revision, record.item, actor, detail)
  return record_reply(root, 'recorded', comment)
end
