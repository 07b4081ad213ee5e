-- Deciding items, one or many, and taking decisions back.

local KINDS = { approve = 'approved', reject = 'rejected', escalate = 'escalated' }
local MOST_OF_GROUP = 200
local MOST_NOTES = 100

local function queue_release(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local item = present_item(root, now, id)
  if not item then return { 'absent' } end
  -- An item that nobody holds is where a release would put it: a repeated release succeeds.
  if item.state ~= item.home then
    if item.state ~= 'claimed' then return conflict(root, id, item.state) end
    if item.holder ~= moderator then return conflict(root, id, 'held') end
    send_home(root, now, id, item, 'released')
  end
  return { 'item', item_reply(root, id) }
end

local function queue_note(keys, args)
  local root, now, id, moderator, note = keys[1], moment(args[1]), args[2], args[3], args[4]
  local item = load_item(root, id)
  if not item then return { 'absent' } end
  local number = tonumber(item.notes or '0')
  if item['note:' .. number] ~= note then
    if number == MOST_NOTES then return conflict(root, id, 'full') end
    local next = digits(number + 1)
    redis.call('HSET', root .. ':item:' .. id, 'notes', next, 'note:' .. next, note,
      'noted:' .. next, digits(now))
    append(root, now, 'noted', item.comment, item.revision, id, moderator, args[5])
  end
  return { 'item', item_reply(root, id) }
end

-- Outcome, clause, note, request id and the entry's detail, as they follow one another in `args`.
local function resolution_of(args, at)
  return { outcome = args[at], clause = args[at + 1], note = args[at + 2], request = args[at + 3],
    detail = args[at + 4] }
end

-- Whether the last resolution is this very request: 'same', 'other' (the id was used for something
-- else), 'undone', or nothing.
local function replay(item, moderator, resolution)
  if not item.last_outcome then return nil end
  local request = resolution.request
  local same = item.last_moderator == moderator and item.last_outcome == resolution.outcome
    and item.last_clause == resolution.clause
  if request == '' or item.last_request ~= request then
    local settled = not item.last_undone
      and (item.state == 'resolved' or item.state == 'escalated')
    return request == '' and item.last_request == '' and same and settled and 'same' or nil
  end
  if not same then return 'other' end
  return item.last_undone and 'undone' or 'same'
end

-- Where a comment stands, for the detail of an entry that leaves it there or puts it back.
local function told_standing(record)
  local told = { status = record.status }
  if record.status == 'refused' and record.clause ~= '' then told.clause = record.clause end
  return told
end

-- Resolves an open item. `prior` keeps what the record said before, for an undo.
local function settle(root, now, id, item, moderator, resolution)
  local comment, detail = item.comment, resolution.detail
  local record = load_record(root, comment)
  local changes = {
    holder = false, ['until'] = false, claimed = false, last_undone = false, last_group = false,
    last_outcome = resolution.outcome, last_moderator = moderator,
    last_clause = resolution.clause, last_note = resolution.note,
    last_request = resolution.request, last_at = digits(now), last_home = item.home,
  }
  if resolution.outcome == 'escalate' then
    changes.home = 'escalated'
    move(root, id, item, 'escalated', changes)
    -- An appealed or reopened comment stands where it stood before; the kind does not tell it.
    detail = with_more(detail, told_standing(record))
  else
    changes.prior = cjson.encode(standing_of(record))
    move(root, id, item, 'resolved', changes)
    stand(root, comment, record, {
      status = resolution.outcome == 'approve' and 'published' or 'refused', by = 'moderator',
      moderator = moderator, clause = resolution.clause, note = resolution.note,
      decided = digits(now),
    })
    due(root, comment, digits(now))
    if item.appeal then
      redis.call('HSET', record_key(root, comment), 'appeal_outcome', resolution.outcome)
    end
  end
  append(root, now, KINDS[resolution.outcome], comment, item.revision, id, moderator, detail)
end

-- A held item that can be resolved, or the reply that says why it cannot, or that it was already.
local function to_resolve(root, now, id, moderator, resolution)
  local item = load_item(root, id)
  if not item then return nil, { 'absent' } end
  local repeated = replay(item, moderator, resolution)
  if repeated == 'same' then return nil, { 'item', item_reply(root, id) }, item end
  if repeated then return nil, conflict(root, id, repeated) end
  if expired(item, now) then
    send_home(root, now, id, item, 'expired')
    return nil, conflict(root, id, 'expired')
  end
  if item.state ~= 'claimed' then return nil, conflict(root, id, item.state) end
  if item.holder ~= moderator then return nil, conflict(root, id, 'held') end
  return item
end

local function queue_resolve(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local resolution = resolution_of(args, 4)
  local item, answer = to_resolve(root, now, id, moderator, resolution)
  if not item then return answer end
  settle(root, now, id, item, moderator, resolution)
  return { 'item', item_reply(root, id) }
end

-- The other items of a group that go with a held one: what this moderator may have, and escalated
-- ones only with an escalated one. The seen are bounded as well as the found.
local function companions(root, now, id, item, moderator)
  local found = {}
  local members = redis.call('ZRANGEBYSCORE', group_index(root, item), '-inf', '+inf', 'LIMIT', 0,
    5 * MOST_OF_GROUP)
  for _, other in ipairs(members) do
    if #found == MOST_OF_GROUP - 1 then break end
    if other ~= id then
      local candidate = present_item(root, now, other)
      if not refusal(candidate, moderator)
        and (candidate.home ~= 'escalated' or item.home == 'escalated') then
        found[#found + 1] = { other, candidate }
      end
    end
  end
  return found
end

local function queue_resolve_group(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local resolution = resolution_of(args, 4)
  local item, answer, repeated = to_resolve(root, now, id, moderator, resolution)
  if repeated then
    local ids = {}
    for each in string.gmatch(repeated.last_group or id, '%d+') do
      ids[#ids + 1] = each
    end
    return { 'items', replies(root, ids) }
  end
  if not item then return answer end
  local others, ids = companions(root, now, id, item, moderator), { id }
  settle(root, now, id, item, moderator, resolution)
  for _, pair in ipairs(others) do
    settle(root, now, pair[1], pair[2], moderator, resolution)
    ids[#ids + 1] = pair[1]
  end
  redis.call('HSET', root .. ':item:' .. id, 'last_group', table.concat(ids, ','))
  return { 'items', replies(root, ids) }
end

-- Resolves one of many: what nobody holds need not be claimed first.
local function resolve_unclaimed(root, now, id, moderator, resolution)
  local item = load_item(root, id)
  if not item then return { 'conflict', 'absent', {} } end
  local repeated = replay(item, moderator, resolution)
  if repeated and repeated ~= 'same' then return conflict(root, id, repeated) end
  if not repeated then
    if expired(item, now) then send_home(root, now, id, item, 'expired') end
    local reason = refusal(item, moderator)
    if reason then return conflict(root, id, reason) end
    settle(root, now, id, item, moderator, resolution)
  end
  return { 'item', item_reply(root, id) }
end

local function queue_resolve_many(keys, args)
  local root, now, moderator, answers = keys[1], moment(args[1]), args[2], {}
  local resolution = resolution_of(args, 3)
  for at = 8, #args do
    answers[#answers + 1] = resolve_unclaimed(root, now, args[at], moderator, resolution)
  end
  return answers
end

-- What stands against undoing an item's last resolution, or nothing. No window is '' long.
local function standing_against(now, id, item, record, moderator, window, anybody)
  if item.state == 'superseded' then return 'superseded' end
  if not item.last_outcome or item.last_undone then return 'nothing' end
  if item.last_moderator ~= moderator and not anybody then return 'foreign' end
  if item.state == 'claimed' then return 'held' end
  if record.item ~= id then return 'superseded' end
  if window ~= '' and now - tonumber(item.last_at) > tonumber(window) then return 'late' end
  return nil
end

local function undo(root, now, id, moderator, window, milliseconds, anybody)
  local item = present_item(root, now, id)
  if not item then return { 'conflict', 'absent', {} } end
  if item.last_undone and item.state == 'claimed' and item.holder == moderator then
    return { 'item', item_reply(root, id) }
  end
  local comment = item.comment
  local record = load_record(root, comment)
  local reason = standing_against(now, id, item, record, moderator, window, anybody)
  if reason then return conflict(root, id, reason) end

  lease(root, now, id, item, moderator, milliseconds)
  item.home, item.last_undone = item.last_home, '1'
  redis.call('HSET', root .. ':item:' .. id, 'home', item.home, 'last_undone', '1')
  if item.last_outcome ~= 'escalate' then
    stand(root, comment, record, cjson.decode(item.prior))
    not_due(root, comment)
    if item.appeal then redis.call('HDEL', record_key(root, comment), 'appeal_outcome') end
  end
  local detail = told_standing(record)
  if item.last_moderator ~= moderator then detail.of = item.last_moderator end
  append(root, now, 'undone', comment, item.revision, id, moderator, cjson.encode(detail))
  return { 'item', item_reply(root, id) }
end

local function queue_undo(keys, args)
  local root, now, moderator, answers = keys[1], moment(args[1]), args[2], {}
  for at = 6, #args do
    answers[#answers + 1] = undo(root, now, args[at], moderator, args[3], tonumber(args[4]),
      args[5] == '1')
  end
  return answers
end
