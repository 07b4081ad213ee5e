-- Reading the queue and claiming from it.

local CHUNK = 100

-- The narrowest index of one state that holds everything the filters ask for.
local function index_for(root, state, filters)
  local base = root .. ':queue:' .. state
  if filters.group then
    return group_index(root, filters)
  end
  if filters.holder and state == 'claimed' then
    return base .. ':holder:' .. filters.holder
  end
  for _, field in ipairs({ 'author', 'article', 'mark', 'clause', 'section', 'dialect' }) do
    if filters[field] then
      return base .. ':' .. field .. ':' .. filters[field]
    end
  end
  return base
end

local function has_mark(item, wanted)
  for mark in each_mark(item) do
    if mark == wanted then return true end
  end
  return false
end

local function accepts(filters, state, id, item)
  -- A group has one index for all states.
  if item.state ~= state then return false end
  if filters.excluded and filters.excluded[id] then return false end
  for _, field in ipairs({ 'holder', 'article', 'section', 'author', 'dialect', 'group' }) do
    if filters[field] and item[field] ~= filters[field] then return false end
  end
  if filters.claimant and item.barred == filters.claimant then return false end
  if filters.mark and not has_mark(item, filters.mark) then return false end
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
      if accepts(filters, state, id, item) then
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

local function replies(root, ids)
  local items = {}
  for at, id in ipairs(ids) do
    items[at] = item_reply(root, id)
  end
  return items
end

local function queue_list(keys, args)
  local root, now = keys[1], moment(args[1])
  sweep(root, now)
  local filters = cjson.decode(args[4])
  local states = filters.state and { filters.state } or OPEN
  local cursor = args[2] ~= '' and args[2] or nil
  local ids, following = search(root, states, filters, cursor, tonumber(args[3]), 1000)
  return { following, replies(root, ids) }
end

local function queue_get(keys, args)
  local root, now, id = keys[1], moment(args[1]), args[2]
  sweep(root, now)
  if not load_item(root, id) then
    return { 'absent' }
  end
  return { 'item', item_reply(root, id) }
end

local function open_states(root)
  local states = {}
  for at, state in ipairs(OPEN) do
    states[at] = redis.call('ZCARD', root .. ':queue:' .. state)
  end
  return states
end

local function queue_counts(keys, args)
  local root, now = keys[1], moment(args[1])
  sweep(root, now)
  local oldest = ''
  for step = 0, 5 do
    local first = redis.call('ZRANGEBYSCORE', root .. ':queue:waiting',
      digits(step * SEVERITY_STEP), '(' .. digits((step + 1) * SEVERITY_STEP), 'LIMIT', 0, 1)
    if first[1] then
      local queued = redis.call('HGET', root .. ':item:' .. first[1], 'queued')
      if oldest == '' or tonumber(queued) < tonumber(oldest) then oldest = queued end
    end
  end
  return { open_states(root), redis.call('HGETALL', root .. ':queue:open:clause'), oldest }
end

-- Who holds how many items, and when the first of their leases ends.
local function holders(root)
  local found, place = {}, {}
  local leases = redis.call('ZRANGE', root .. ':queue:leases', 0, -1, 'WITHSCORES')
  for at = 1, #leases, 2 do
    local holder = redis.call('HGET', root .. ':item:' .. leases[at], 'holder')
    if not place[holder] then
      found[#found + 1] = { holder, 0, digits(tonumber(leases[at + 1])) }
      place[holder] = #found
    end
    found[place[holder]][2] = found[place[holder]][2] + 1
  end
  return found
end

local function queue_facets(keys, args)
  local root, now = keys[1], moment(args[1])
  sweep(root, now)
  local reply = { open_states(root) }
  for _, name in ipairs({ 'clause', 'article', 'titles', 'section', 'dialect', 'mark' }) do
    reply[#reply + 1] = redis.call('HGETALL', root .. ':queue:open:' .. name)
  end
  reply[#reply + 1] = holders(root)
  return reply
end

local function queue_claim(keys, args)
  local root, now, moderator = keys[1], moment(args[1]), args[2]
  sweep(root, now)
  local filters = cjson.decode(args[5])
  filters.claimant = moderator
  local ids = search(root, { filters.state or 'waiting' }, filters, nil, tonumber(args[3]), 10000)
  for _, id in ipairs(ids) do
    local item = load_item(root, id)
    lease(root, now, id, item, moderator, tonumber(args[4]))
    append(root, now, 'claimed', item.comment, item.revision, id, moderator, '')
  end
  return replies(root, ids)
end

-- What stands against `moderator` having an item, held or not; nothing where they may.
local function refusal(item, moderator)
  if not IS_OPEN[item.state] then return item.state end
  if item.state == 'claimed' then return item.holder ~= moderator and 'held' or nil end
  return item.barred == moderator and 'barred' or nil
end

-- Puts an item that nothing stands against into a moderator's hands, or lets them hold it longer.
local function hold(root, now, id, item, moderator, milliseconds, kind, detail)
  if item.state == 'claimed' then
    prolong(root, now, id, item, milliseconds)
    return
  end
  lease(root, now, id, item, moderator, milliseconds)
  append(root, now, kind, item.comment, item.revision, id, moderator, detail)
end

local function queue_take(keys, args)
  local root, now, id, moderator = keys[1], moment(args[1]), args[2], args[3]
  local override = args[5] == '1'
  local item = present_item(root, now, id)
  if not item then return { 'absent' } end
  local reason = refusal(item, moderator)
  if reason and not (reason == 'barred' and override) then return conflict(root, id, reason) end
  local detail = reason == 'barred' and '{"override":true}' or ''
  hold(root, now, id, item, moderator, tonumber(args[4]), 'claimed', detail)
  return { 'item', item_reply(root, id) }
end

local function queue_renew(keys, args)
  local root, now, moderator = keys[1], moment(args[1]), args[2]
  sweep(root, now)
  local ids = redis.call('ZRANGE', root .. ':queue:claimed:holder:' .. moderator, 0, -1)
  local number = 0
  for _, id in ipairs(ids) do
    local item = load_item(root, id)
    -- A sweep is bounded: what is overdue still is no longer theirs to prolong.
    if not expired(item, now) then
      prolong(root, now, id, item, tonumber(args[3]))
      number = number + 1
    end
  end
  return number
end

local function queue_sweep(keys, args)
  return sweep(keys[1], moment(args[1]))
end
