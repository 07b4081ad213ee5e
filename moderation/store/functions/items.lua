-- Queue items: in one state each, in the indices of that state, ranked by severity and then by age.
--
-- An item's rank is (5 - severity) * 2^48 + its number. Ranks are unique and never change, so that
-- a cursor (the last rank seen) stays right while other items come and go. A comment has at most
-- one open item, the one that its record names.

local SEVERITY_STEP = 2 ^ 48
local OPEN = { 'waiting', 'claimed', 'escalated' }
local IS_OPEN = { waiting = true, claimed = true, escalated = true }
local SWEEP = 200
local NO_LEASE = { holder = false, ['until'] = false, claimed = false }

local function load_item(root, id)
  local item = mapped(redis.call('HGETALL', root .. ':item:' .. id))
  if item.comment then
    return item
  end
  return nil
end

local function group_index(root, item)
  return root .. ':queue:group:' .. item.group
end

-- Item, content and the number of open items of its group, as the service reads them: the item as
-- one string, since a client takes long to read many.
local function item_reply(root, id)
  local item = load_item(root, id)
  local content = redis.call('GET', content_key(root, item.comment, item.content))
  return { id, cjson.encode(item), content, redis.call('ZCARD', group_index(root, item)) }
end

local function conflict(root, id, reason)
  return { 'conflict', reason, redis.call('HGETALL', root .. ':item:' .. id) }
end

local function each_mark(item)
  return string.gmatch(item.marks, '[^,]+')
end

-- The indices of an item's state.
local function indices(root, item)
  local base = root .. ':queue:' .. item.state
  local names = { base }
  for _, clause in ipairs(cjson.decode(item.clauses)) do
    names[#names + 1] = base .. ':clause:' .. clause
  end
  for _, field in ipairs({ 'article', 'section', 'author', 'dialect' }) do
    if item[field] ~= '' then
      names[#names + 1] = base .. ':' .. field .. ':' .. item[field]
    end
  end
  for mark in each_mark(item) do
    names[#names + 1] = base .. ':mark:' .. mark
  end
  if item.state == 'claimed' then
    names[#names + 1] = base .. ':holder:' .. item.holder
  end
  return names
end

-- Counts an item as one more or one less that is open, whatever its state.
local function count_open(root, id, item, by)
  local counts = root .. ':queue:open:'
  for _, clause in ipairs(cjson.decode(item.clauses)) do
    tally(counts .. 'clause', clause, by)
  end
  for _, field in ipairs({ 'section', 'dialect' }) do
    if item[field] ~= '' then tally(counts .. field, item[field], by) end
  end
  for mark in each_mark(item) do
    tally(counts .. 'mark', mark, by)
  end
  if item.article ~= '' then
    local titles = counts .. 'titles'
    if tally(counts .. 'article', item.article, by) <= 0 then
      redis.call('HDEL', titles, item.article)
    elseif redis.call('HEXISTS', titles, item.article) == 0 then
      local content = redis.call('GET', content_key(root, item.comment, item.content))
      redis.call('HSET', titles, item.article, cjson.decode(content).comment.article.title)
    end
  end
  if by > 0 then
    redis.call('ZADD', group_index(root, item), item.rank, id)
  else
    redis.call('ZREM', group_index(root, item), id)
  end
end

-- Moves an item to a state and its indices, with what else changes (`false` deletes a field).
local function move(root, id, item, state, changes)
  local was_open = IS_OPEN[item.state]
  if was_open then
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
  if IS_OPEN[state] then
    for _, name in ipairs(indices(root, item)) do
      redis.call('ZADD', name, item.rank, id)
    end
    if not was_open then count_open(root, id, item, 1) end
  elseif was_open then
    count_open(root, id, item, -1)
  end
  if state == 'claimed' then
    redis.call('ZADD', root .. ':queue:leases', item['until'], id)
  end
end

-- Queues the present revision of a comment and makes its record name the item. `more` has fields of
-- the item: its `home` (where it goes when nobody holds it), and those of an appeal or a reopening.
local function enqueue(root, now, comment, record, more)
  local number = redis.call('HINCRBY', root .. ':queue:numbers', 'last', 1)
  local id, marks = digits(number), review_marks(root, record)
  if record.newcomer then table.insert(marks, 1, 'new_commenter') end
  if more.appeal then table.insert(marks, 1, 'appeal') end
  local fields = {
    comment = comment, revision = record.revision, content = record.content,
    severity = record.severity, clauses = record.clauses, article = record.article,
    section = record.section, author = record.author, dialect = record.dialect,
    group = record.group, marks = table.concat(marks, ','), queued = digits(now),
    home = 'waiting', rank = digits((5 - tonumber(record.severity)) * SEVERITY_STEP + number),
  }
  for field, value in pairs(more) do
    fields[field] = value
  end
  local item = {}
  move(root, id, item, 'waiting', fields)
  record.item = id
  record.items = record.items == '' and id or (record.items .. ',' .. id)
  redis.call('HSET', record_key(root, comment), 'item', record.item, 'items', record.items)
  return id, item
end

local function lease(root, now, id, item, moderator, milliseconds)
  move(root, id, item, 'claimed', {
    holder = moderator, claimed = digits(now), ['until'] = digits(now + milliseconds),
  })
end

-- Lets a lease last at least so long from now.
local function prolong(root, now, id, item, milliseconds)
  local last = now + milliseconds
  if last > tonumber(item['until']) then
    redis.call('HSET', root .. ':item:' .. id, 'until', digits(last))
    redis.call('ZADD', root .. ':queue:leases', digits(last), id)
  end
end

-- Sends a claimed item back to where it came from. One that was made to reopen a decided comment
-- came from nowhere: it closes, and the record is as before.
local function send_home(root, now, id, item, kind)
  local holder = item.holder
  move(root, id, item, item.home, NO_LEASE)
  if item.home == 'superseded' then
    local key = record_key(root, item.comment)
    redis.call('HSET', key, 'item', item.before)
    local decided = redis.call('HGET', key, 'decided')
    if decided then due(root, item.comment, decided) end
  end
  append(root, now, kind, item.comment, item.revision, id, holder, '')
end

local function expired(item, now)
  return item.state == 'claimed' and tonumber(item['until']) <= now
end

-- Sends home what is overdue, at most SWEEP items in one call so that no call takes long.
local function sweep(root, now)
  local overdue = redis.call('ZRANGEBYSCORE', root .. ':queue:leases', '-inf', digits(now),
    'LIMIT', 0, SWEEP)
  for _, id in ipairs(overdue) do
    send_home(root, now, id, load_item(root, id), 'expired')
  end
  return #overdue
end

-- An item with a lease that ran out sent home; nothing where there is no such item.
local function present_item(root, now, id)
  local item = load_item(root, id)
  if item and expired(item, now) then send_home(root, now, id, item, 'expired') end
  return item
end
