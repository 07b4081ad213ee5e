-- The flag queue: items in one state each, ranked by severity and then by age.
--
-- An item's rank is (5 - severity) * 2^48 + its number. Ranks are unique and never change, so that
-- a cursor (the last rank seen) stays right while other items come and go.

local SEVERITY_STEP = 2 ^ 48
local OPEN = { 'waiting', 'claimed', 'escalated' }
local CHUNK = 100
local SWEEP = 200

local function load_item(root, id)
  local item = mapped(redis.call('HGETALL', root .. ':item:' .. id))
  if item.comment then
    return item
  end
  return nil
end

-- Item, fields and content, as the service reads them.
local function item_reply(root, id)
  local fields = redis.call('HGETALL', root .. ':item:' .. id)
  local item = mapped(fields)
  local content = redis.call('GET', root .. ':content:' .. item.revision .. ':' .. item.comment)
  return { id, fields, content or '' }
end

local function conflict(root, id, reason)
  return { 'conflict', reason, redis.call('HGETALL', root .. ':item:' .. id) }
end

local function indices(root, item)
  local base = root .. ':queue:' .. item.state
  local names = { base }
  for _, clause in ipairs(cjson.decode(item.clauses)) do
    names[#names + 1] = base .. ':clause:' .. clause
  end
  if item.article ~= '' then
    names[#names + 1] = base .. ':article:' .. item.article
  end
  if item.section ~= '' then
    names[#names + 1] = base .. ':section:' .. item.section
  end
  if item.state == 'claimed' then
    names[#names + 1] = base .. ':holder:' .. item.holder
  end
  return names
end

-- Moves an item to a state and its indices, with what else changes (`false` deletes a field).
local function move(root, id, item, state, changes)
  if item.state then
    for _, name in ipairs(indices(root, item)) do
      redis.call('ZREM', name, id)
    end
    if item.state == 'claimed' then
      redis.call('ZREM', root .. ':queue:leases', id)
    end
  end
  item.state = state
  local set, gone = { 'state', state }, {}
  for field, value in pairs(changes) do
    if value == false then
      item[field] = nil
      gone[#gone + 1] = field
    else
      item[field] = value
      set[#set + 1] = field
      set[#set + 1] = value
    end
  end
  local key = root .. ':item:' .. id
  redis.call('HSET', key, unpack(set))
  if #gone > 0 then
    redis.call('HDEL', key, unpack(gone))
  end
  if state == 'waiting' or state == 'claimed' or state == 'escalated' then
    for _, name in ipairs(indices(root, item)) do
      redis.call('ZADD', name, item.rank, id)
    end
  end
  if state == 'claimed' then
    redis.call('ZADD', root .. ':queue:leases', item['until'], id)
  end
end

local function enqueue(root, now, comment, revision, severity, clauses, article, section)
  local number = redis.call('HINCRBY', root .. ':queue:numbers', 'last', 1)
  local id = digits(number)
  local item = {}
  move(root, id, item, 'waiting', {
    comment = comment, revision = revision, severity = severity, clauses = clauses,
    article = article, section = section, queued = digits(now), home = 'waiting',
    rank = digits((5 - tonumber(severity)) * SEVERITY_STEP + number),
  })
  for _, clause in ipairs(cjson.decode(clauses)) do
    redis.call('SADD', root .. ':queue:clauses', clause)
  end
  return id
end

local NO_LEASE = { holder = false, ['until'] = false, claimed = false }

local function lease(root, now, id, item, moderator, milliseconds)
  move(root, id, item, 'claimed', {
    holder = moderator, claimed = digits(now), ['until'] = digits(now + milliseconds),
  })
end

-- Sends a claimed item back to where it came from.
local function send_home(root, now, id, item, kind)
  local holder = item.holder
  move(root, id, item, item.home, NO_LEASE)
  append(root, now, kind, item.comment, item.revision, id, holder, '')
end

local function expired(item, now)
  return item.state == 'claimed' and tonumber(item['until']) <= now
end

-- Sends home what is overdue, at most SWEEP items in one call so that no call takes long.
local function sweep(root, now)
  local due = redis.call('ZRANGEBYSCORE', root .. ':queue:leases', '-inf', digits(now),
    'LIMIT', 0, SWEEP)
  for _, id in ipairs(due) do
    send_home(root, now, id, load_item(root, id), 'expired')
  end
  return #due
end

-- The narrowest index of one state that holds everything the filters ask for.
local function index_for(root, state, filters)
  local base = root .. ':queue:' .. state
  if filters.holder and state == 'claimed' then
    return base .. ':holder:' .. filters.holder
  end
  for _, field in ipairs({ 'article', 'clause', 'section' }) do
    if filters[field] then
      return base .. ':' .. field .. ':' .. filters[field]
    end
  end
  return base
end

local function accepts(filters, item)
  if filters.holder and item.holder ~= filters.holder then return false end
  if filters.article and item.article ~= filters.article then return false end
  if filters.section and item.section ~= filters.section then return false end
  local queued = tonumber(item.queued)
  if filters.before and queued >= filters.before then return false end
  if filters.after and queued <= filters.after then return false end
  if not filters.clause then return true end
  for _, clause in ipairs(cjson.decode(item.clauses)) do
    if clause == filters.clause then return true end
  end
  return false
end

-- Adds to `found` the ranks and items of one state after `cursor`, `limit` at most. Returns the
-- rank up to which all was seen, or nothing where the index was seen to its end.
local function scan(root, state, filters, cursor, limit, budget, found)
  local index = index_for(root, state, filters)
  local top = '+inf'
  if filters.severity then
    top = '(' .. digits((6 - filters.severity) * SEVERITY_STEP)
  end
  local taken, seen = 0, 0
  while taken < limit do
    local chunk = redis.call('ZRANGEBYSCORE', index, cursor and ('(' .. cursor) or '-inf', top,
      'LIMIT', 0, CHUNK)
    for _, id in ipairs(chunk) do
      local item = load_item(root, id)
      cursor = item.rank
      if accepts(filters, item) then
        found[#found + 1] = { tonumber(item.rank), id }
        taken = taken + 1
        if taken == limit then return cursor end
      end
    end
    seen = seen + CHUNK
    if #chunk < CHUNK then return nil end
    if seen >= budget then return cursor end
  end
  return cursor
end

-- Items of the given states in rank order, and the cursor of the next page ('' at the end).
local function search(root, states, filters, cursor, limit, budget)
  local found, frontier = {}, nil
  for _, state in ipairs(states) do
    local reached = scan(root, state, filters, cursor, limit + 1, budget, found)
    if reached and (not frontier or tonumber(reached) < frontier) then
      frontier = tonumber(reached)
    end
  end
  table.sort(found, function(one, other) return one[1] < other[1] end)
  local ids = {}
  for at, pair in ipairs(found) do
    if frontier and pair[1] > frontier then break end
    if at > limit then
      return ids, digits(found[at - 1][1])
    end
    ids[at] = pair[2]
  end
  return ids, frontier and digits(frontier) or ''
end

local function queue_list(keys, args)
  local root, now = keys[1], moment(args[1])
  sweep(root, now)
  local filters = cjson.decode(args[4])
  local states = filters.state and { filters.state } or OPEN
  local cursor = args[2] ~= '' and args[2] or nil
  local ids, following = search(root, states, filters, cursor, tonumber(args[3]), 1000)
  local items = {}
  for at, id in ipairs(ids) do
    items[at] = item_reply(root, id)
  end
  return { following, items }
end

local function queue_get(keys, args)
  local root, now, id = keys[1], moment(args[1]), args[2]
  sweep(root, now)
  if not load_item(root, id) then
    return { 'absent' }
  end
  return { 'item', item_reply(root, id) }
end

local function queue_counts(keys, args)
  local root, now = keys[1], moment(args[1])
  sweep(root, now)
  local states, clauses, oldest = {}, {}, ''
  for at, state in ipairs(OPEN) do
    states[at] = redis.call('ZCARD', root .. ':queue:' .. state)
  end
  for _, clause in ipairs(redis.call('SMEMBERS', root .. ':queue:clauses')) do
    local number = 0
    for _, state in ipairs(OPEN) do
      number = number + redis.call('ZCARD', root .. ':queue:' .. state .. ':clause:' .. clause)
    end
    clauses[#clauses + 1] = clause
    clauses[#clauses + 1] = number
  end
  for step = 0, 5 do
    local first = redis.call('ZRANGEBYSCORE', root .. ':queue:waiting',
      digits(step * SEVERITY_STEP), '(' .. digits((step + 1) * SEVERITY_STEP), 'LIMIT', 0, 1)
    if first[1] then
      local queued = redis.call('HGET', root .. ':item:' .. first[1], 'queued')
      if oldest == '' or tonumber(queued) < tonumber(oldest) then oldest = queued end
    end
  end
  return { states, clauses, oldest }
end

local function queue_claim(keys, args)
  local root, now, moderator = keys[1], moment(args[1]), args[2]
  sweep(root, now)
  local filters = cjson.decode(args[5])
  local ids = search(root, { filters.state or 'waiting' }, filters, nil, tonumber(args[3]), 10000)
  local items = {}
  for at, id in ipairs(ids) do
    local item = load_item(root, id)
    lease(root, now, id, item, moderator, tonumber(args[4]))
    append(root, now, 'claimed', item.comment, item.revision, id, moderator, '')
    items[at] = item_reply(root, id)
  end
  return items
end

local function queue_sweep(keys, args)
  return sweep(keys[1], moment(args[1]))
end

-- What stands against `moderator` acting on a claimed item, or nothing.
local function objection(item, moderator)
  if item.state ~= 'claimed' then return item.state end
  if item.holder ~= moderator then return 'held' end
  return nil
end

local function queue_release(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local item = load_item(root, id)
  if not item then return { 'absent' } end
  if expired(item, now) then send_home(root, now, id, item, 'expired') end
  -- An item that nobody holds is where a release would put it: a repeated release succeeds.
  if item.state ~= item.home then
    local reason = objection(item, moderator)
    if reason then return conflict(root, id, reason) end
    send_home(root, now, id, item, 'released')
  end
  return { 'item', item_reply(root, id) }
end

-- Whether the last resolution is this very request: 'same', 'other' (the id was used for something
-- else), 'undone', or nothing.
local function replay(item, moderator, outcome, clause, request)
  if not item.last_outcome then return nil end
  local same = item.last_moderator == moderator and item.last_outcome == outcome
    and item.last_clause == clause
  if request == '' or item.last_request ~= request then
    local settled = item.state == 'resolved' or item.state == 'escalated'
    return request == '' and item.last_request == '' and same and settled and 'same' or nil
  end
  if not same then return 'other' end
  return item.last_undone and 'undone' or 'same'
end

local KINDS = { approve = 'approved', reject = 'rejected', escalate = 'escalated' }

local function queue_resolve(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local outcome, clause, note, request, detail = args[4], args[5], args[6], args[7], args[8]
  local item = load_item(root, id)
  if not item then return { 'absent' } end
  local repeated = replay(item, moderator, outcome, clause, request)
  if repeated == 'same' then return { 'item', item_reply(root, id) } end
  if repeated then return conflict(root, id, repeated) end
  if expired(item, now) then
    send_home(root, now, id, item, 'expired')
    return conflict(root, id, 'expired')
  end
  local reason = objection(item, moderator)
  if reason then return conflict(root, id, reason) end

  local record = root .. ':comment:' .. item.comment
  local changes = {
    holder = false, ['until'] = false, claimed = false, last_undone = false,
    last_outcome = outcome, last_moderator = moderator, last_clause = clause, last_note = note,
    last_request = request, last_at = digits(now), last_home = item.home,
  }
  if outcome == 'escalate' then
    changes.home = 'escalated'
    move(root, id, item, 'escalated', changes)
  else
    move(root, id, item, 'resolved', changes)
    redis.call('HSET', record, 'status', outcome == 'approve' and 'published' or 'refused',
      'by', 'moderator', 'moderator', moderator, 'clause', clause, 'note', note,
      'decided', digits(now))
    redis.call('ZADD', root .. ':decided', digits(now), item.comment)
  end
  append(root, now, KINDS[outcome], item.comment, item.revision, id, moderator, detail)
  return { 'item', item_reply(root, id) }
end

local function queue_undo(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local window, milliseconds = tonumber(args[4]), tonumber(args[5])
  local item = load_item(root, id)
  if not item then return { 'absent' } end
  if expired(item, now) then send_home(root, now, id, item, 'expired') end
  if item.last_undone and item.state == 'claimed' and item.holder == moderator then
    return { 'item', item_reply(root, id) }
  end
  if item.state == 'superseded' then return conflict(root, id, 'superseded') end
  if not item.last_outcome or item.last_undone then return conflict(root, id, 'nothing') end
  if item.last_moderator ~= moderator then return conflict(root, id, 'foreign') end
  if item.state == 'claimed' then return conflict(root, id, 'held') end
  if now - tonumber(item.last_at) > window then return conflict(root, id, 'late') end

  lease(root, now, id, item, moderator, milliseconds)
  item.home, item.last_undone = item.last_home, '1'
  redis.call('HSET', root .. ':item:' .. id, 'home', item.home, 'last_undone', '1')
  local record = root .. ':comment:' .. item.comment
  redis.call('HSET', record, 'status', 'waiting')
  redis.call('HDEL', record, 'by', 'moderator', 'clause', 'note', 'decided')
  redis.call('ZREM', root .. ':decided', item.comment)
  append(root, now, 'undone', item.comment, item.revision, id, moderator, '')
  return { 'item', item_reply(root, id) }
end
