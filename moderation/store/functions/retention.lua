-- Leaving the store: what was archived is removed, and the trail is cut behind an anchor.

local function remove_record(root, comment, record)
  for revision = 1, tonumber(record.revision) do
    redis.call('DEL', content_key(root, comment, digits(revision)))
  end
  for content in string.gmatch(record.rejudged or '', '[^,]+') do
    redis.call('DEL', content_key(root, comment, content))
  end
  for item in string.gmatch(record.items, '%d+') do
    redis.call('DEL', root .. ':item:' .. item)
  end
  redis.call('DEL', record_key(root, comment), root .. ':history:' .. comment)
  unindex(root, comment, record)
  not_due(root, comment)
end

-- Comments decided up to a time, the oldest first.
local function retention_due(keys, args)
  return redis.call('ZRANGEBYSCORE', keys[1] .. ':decided', '-inf', args[1],
    'LIMIT', 0, tonumber(args[2]))
end

-- Everything about one comment that an archive keeps: the revisions as they were judged last, and
-- by its name each content of one that was judged again.
local function retention_export(keys, args)
  local root, comment = keys[1], args[1]
  local fields = redis.call('HGETALL', root .. ':comment:' .. comment)
  if #fields == 0 then
    return { 'absent' }
  end
  local record = mapped(fields)
  local items = {}
  for item in string.gmatch(record.items, '%d+') do
    items[#items + 1] = { item, redis.call('HGETALL', root .. ':item:' .. item) }
  end
  local contents = {}
  for name in string.gmatch(record.rejudged or '', '[^,]+') do
    contents[#contents + 1] = { name, redis.call('GET', content_key(root, comment, name)) }
    local first = string.match(name, '%d+')
    contents[#contents + 1] = { first, redis.call('GET', content_key(root, comment, first)) }
  end
  return { 'record', fields, record_contents(keys, args), items, contents }
end

-- Cuts the trail up to an entry ('' cuts nothing) and removes those of the pairs of comment and last
-- entry that are still as they were archived. A record leaves only after its last entry has left:
-- the trail never speaks of a record that is gone, and a comment id that comes back starts afresh.
-- One transition, one entry, with the anchor told in it.
local function retention_cut(keys, args)
  local root, now, cut, hash, detail = keys[1], moment(args[1]), args[2], args[3], args[4]
  if cut ~= '' then
    local entry = redis.call('XRANGE', root .. ':audit', cut .. '-0', cut .. '-0')[1]
    if not entry or mapped(entry[2]).hash ~= hash then
      return { 'conflict' }
    end
  end
  local anchor = cut ~= '' and cut or redis.call('HGET', root .. ':chain', 'anchor') or '0'
  local removed = 0
  for at = 5, #args, 2 do
    local record = mapped(redis.call('HGETALL', root .. ':comment:' .. args[at]))
    if record.changed == args[at + 1] and record.status ~= 'waiting'
      and tonumber(record.changed) <= tonumber(anchor) then
      remove_record(root, args[at], record)
      removed = removed + 1
    end
  end
  append(root, now, 'archived', '', '', '', '', detail)
  if cut ~= '' then
    redis.call('XTRIM', root .. ':audit', 'MINID', digits(tonumber(cut) + 1) .. '-0')
    redis.call('HSET', root .. ':chain', 'anchor', cut, 'anchor_hash', hash)
  end
  return { 'removed', removed }
end
