-- The audit trail: one stream entry per transition, each holding the hash of all before it.

local NO_HASH = '0000000000000000000000000000000000000000000000000000000000000000'

-- A whole number as decimal digits; Lua's own conversion turns large numbers to exponents.
local function digits(number)
  return string.format('%.0f', number)
end

-- The given time in milliseconds; the server's own where none is given.
local function moment(given)
  if given ~= '' then
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- A flat reply of fields and values as a table.
local function mapped(flat)
  local map = {}
  for at = 1, #flat, 2 do
    map[flat[at]] = flat[at + 1]
  end
  return map
end

-- Each part with its length before it, so that no two lists of parts give the same bytes.
local function framed(parts)
  local frames = {}
  for at, part in ipairs(parts) do
    frames[at] = #part .. ':' .. part
  end
  return table.concat(frames, ',')
end

-- An entry's detail, which is JSON, with more fields in it.
local function with_more(detail, fields)
  local first = detail == '' or detail == '{}'
  return (first and '{' or string.sub(detail, 1, -2) .. ',') .. string.sub(cjson.encode(fields), 2)
end

-- Appends one entry and returns its sequence number.
local function append(root, now, kind, comment, revision, item, actor, detail)
  local chain = root .. ':chain'
  local head = redis.call('HMGET', chain, 'sequence', 'hash')
  local sequence = digits((tonumber(head[1]) or 0) + 1)
  local at = digits(now)
  local hash = sha256(framed({
    head[2] or NO_HASH, sequence, kind, at, comment, revision, item, actor, detail,
  }))
  redis.call('XADD', root .. ':audit', sequence .. '-0', 'kind', kind, 'at', at,
    'comment', comment, 'revision', revision, 'item', item, 'actor', actor,
    'detail', detail, 'hash', hash)
  redis.call('HSET', chain, 'sequence', sequence, 'hash', hash)
  if comment ~= '' then
    redis.call('HSET', root .. ':comment:' .. comment, 'changed', sequence)
    redis.call('RPUSH', root .. ':history:' .. comment, sequence)
  end
  return sequence
end

-- The chain's head and the anchor from which the stream goes on after a cut.
local function audit_head(keys)
  return redis.call('HMGET', keys[1] .. ':chain', 'sequence', 'hash', 'anchor', 'anchor_hash')
end

-- The next entries after a number, as pairs of id and fields.
local function audit_read(keys, args)
  return redis.call('XRANGE', keys[1] .. ':audit', digits(tonumber(args[1]) + 1) .. '-0', '+',
    'COUNT', args[2])
end

-- The entries on one comment that were not cut off, the oldest first.
local function audit_history(keys, args)
  local root, entries = keys[1], {}
  for _, number in ipairs(redis.call('LRANGE', root .. ':history:' .. args[1], 0, -1)) do
    local id = number .. '-0'
    entries[#entries + 1] = redis.call('XRANGE', root .. ':audit', id, id)[1]
  end
  return entries
end

-- For each pair of comment and content's name: the content, 'archived', or 'missing'.
local function audit_contents(keys, args)
  local root, found = keys[1], {}
  for at = 1, #args, 2 do
    local comment, name = args[at], args[at + 1]
    local content = redis.call('GET', root .. ':content:' .. name .. ':' .. comment)
    if content then
      found[#found + 1] = { 'kept', content }
    elseif redis.call('HEXISTS', root .. ':comment:' .. comment, 'revision') == 0 then
      found[#found + 1] = { 'archived' }
    else
      found[#found + 1] = { 'missing' }
    end
  end
  return found
end
