-- Decided comments that come before a moderator again: by appeal, or because one opens them.

-- Queues an appeal against a refusal, for another moderator than the one who refused. The same
-- words again get the same answer.
local function record_appeal(keys, args)
  local root, now, comment, text = keys[1], moment(args[1]), args[2], args[3]
  local record = present_record(root, now, comment)
  if not record then return { 'absent' } end
  if record.appeal == text then return { 'item', item_reply(root, record.appeal_item) } end
  if record.appeal then return record_conflict('appealed') end
  if record.status ~= 'refused' then return record_conflict('not_refused') end
  -- What somebody opened without a reason from outside gives way.
  local open = record.item ~= '' and load_item(root, record.item)
  if open and IS_OPEN[open.state] then supersede(root, record) end
  local id = enqueue(root, now, comment, record, { appeal = text, barred = record.moderator })
  not_due(root, comment)
  redis.call('HSET', record_key(root, comment), 'appeal', text, 'appealed', digits(now),
    'appeal_item', id)
  append(root, now, 'appealed', comment, record.revision, id, '', args[4])
  return { 'item', item_reply(root, id) }
end

-- Puts a comment into a moderator's hands: its open item, or one made for that. Until that one is
-- resolved, the record stays as it is.
local function record_reopen(keys, args)
  local root, now, comment, moderator = keys[1], moment(args[1]), args[2], args[3]
  local record, item = present_record(root, now, comment)
  if not record then return { 'absent' } end
  local id, kind = record.item, 'claimed'
  if item and IS_OPEN[item.state] then
    local reason = refusal(item, moderator)
    if reason then return conflict(root, id, reason) end
  else
    id, item = enqueue(root, now, comment, record, { home = 'superseded', before = record.item })
    not_due(root, comment)
    kind = 'reopened'
  end
  hold(root, now, id, item, moderator, tonumber(args[4]), kind, '')
  return { 'item', item_reply(root, id) }
end
