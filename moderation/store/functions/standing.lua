-- Where comments stand, and the indices that find records: by the number of the audit entry that
-- submitted them (all, by author and by article), and the decided ones by time, for retention.

local STANDING = { 'status', 'by', 'moderator', 'clause', 'note', 'decided' }
local STATUSES = { 'published', 'refused', 'waiting' }
local FIRST_RECORDED = 3

local function record_key(root, comment)
  return root .. ':comment:' .. comment
end

local function load_record(root, comment)
  local record = mapped(redis.call('HGETALL', record_key(root, comment)))
  return record.revision and record or nil
end

-- The content of a revision, as it was judged first ('2') or again ('2.1').
local function content_key(root, comment, content)
  return root .. ':content:' .. content .. ':' .. comment
end

-- Adds to a number of a hash that keeps no zeros.
local function tally(key, field, by)
  local number = redis.call('HINCRBY', key, field, by)
  if number <= 0 then redis.call('HDEL', key, field) end
  return number
end

local function tally_author(root, author, status, by)
  if author and author ~= '' and status then
    tally(root .. ':author:' .. author, status, by)
  end
end

-- Whether an author has no more than the first few comments on record.
local function is_new(root, author)
  if author == '' then return false end
  local number = 0
  for _, count in ipairs(redis.call('HVALS', root .. ':author:' .. author)) do
    number = number + tonumber(count)
  end
  return number < FIRST_RECORDED
end

local function record_indices(root, record)
  local names = { root .. ':records' }
  if record.author and record.author ~= '' then
    names[#names + 1] = root .. ':records:author:' .. record.author
  end
  if record.article and record.article ~= '' then
    names[#names + 1] = root .. ':records:article:' .. record.article
  end
  return names
end

local function unindex(root, comment, record)
  for _, name in ipairs(record_indices(root, record)) do
    redis.call('ZREM', name, comment)
  end
  tally_author(root, record.author, record.status, -1)
end

-- What the record says of where a comment stands, so that it can say it again.
local function standing_of(record)
  local standing = {}
  for _, field in ipairs(STANDING) do
    standing[field] = record[field]
  end
  return standing
end

-- What is told of a record: as one string, since a client takes long to read many.
local function told_record(record)
  local told = standing_of(record)
  for _, field in ipairs({ 'revision', 'submitted', 'item', 'appeal', 'appealed', 'appeal_outcome' }) do
    told[field] = record[field]
  end
  return cjson.encode(told)
end

-- Gives a comment another standing; what the standing has not, the record loses.
local function stand(root, comment, record, standing)
  local is_known = record.status
  if record.status ~= standing.status then
    tally_author(root, record.author, record.status, -1)
    tally_author(root, record.author, standing.status, 1)
  end
  local set, gone = {}, {}
  for _, field in ipairs(STANDING) do
    record[field] = standing[field]
    if standing[field] then
      set[#set + 1] = field
      set[#set + 1] = standing[field]
    else
      gone[#gone + 1] = field
    end
  end
  redis.call('HSET', record_key(root, comment), unpack(set))
  if is_known and #gone > 0 then
    redis.call('HDEL', record_key(root, comment), unpack(gone))
  end
end

-- Lets retention have a decided comment, once nothing about it is open.
local function due(root, comment, decided)
  redis.call('ZADD', root .. ':decided', decided, comment)
end

local function not_due(root, comment)
  redis.call('ZREM', root .. ':decided', comment)
end

-- How many comments of an author stand where, and the last ones.
local function author_history(keys, args)
  local root, author, recent = keys[1], args[1], {}
  local last = redis.call('ZREVRANGE', root .. ':records:author:' .. author, 0,
    tonumber(args[2]) - 1)
  for at, comment in ipairs(last) do
    local status, clause, submitted =
      unpack(redis.call('HMGET', record_key(root, comment), 'status', 'clause', 'submitted'))
    recent[at] = { comment, status, clause or '', submitted }
  end
  return { redis.call('HMGET', root .. ':author:' .. author, unpack(STATUSES)), recent }
end
