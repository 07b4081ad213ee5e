-- The watch list: articles, sections and authors whose comments a moderator sees in any case.

local REVIEW_KINDS = { 'articles', 'sections', 'authors' }

local function is_listed(root, kind, name)
  return name and name ~= '' and redis.call('HEXISTS', root .. ':review:' .. kind, name) == 1
end

-- The marks that the watch list gives to a record's item; none where it says nothing of it.
local function review_marks(root, record)
  local marks = {}
  if is_listed(root, 'articles', record.article) or is_listed(root, 'sections', record.section) then
    marks[1] = 'watched'
  end
  if is_listed(root, 'authors', record.author) then
    marks[#marks + 1] = 'always_review'
  end
  return marks
end

local function review_add(keys, args)
  local root, now, kind, name, by = keys[1], moment(args[1]), args[2], args[3], args[4]
  local list = root .. ':review:' .. kind
  if redis.call('HEXISTS', list, name) == 1 then return 'same' end
  if redis.call('HLEN', list) >= tonumber(args[6]) then return 'full' end
  redis.call('HSET', list, name, digits(now) .. ' ' .. by)
  append(root, now, 'listed', '', '', '', by, args[5])
  return 'changed'
end

local function review_remove(keys, args)
  local root, now, kind, name, by = keys[1], moment(args[1]), args[2], args[3], args[4]
  if redis.call('HDEL', root .. ':review:' .. kind, name) == 0 then return 'same' end
  append(root, now, 'unlisted', '', '', '', by, args[5])
  return 'changed'
end

local function review_all(keys)
  local lists = {}
  for at, kind in ipairs(REVIEW_KINDS) do
    local flat, entries = redis.call('HGETALL', keys[1] .. ':review:' .. kind), {}
    for place = 1, #flat, 2 do
      entries[#entries + 1] = { flat[place], flat[place + 1] }
    end
    lists[at] = entries
  end
  return lists
end
