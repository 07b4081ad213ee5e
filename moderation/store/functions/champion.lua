-- Promoted models: which one every service should judge by, and the history of that.

local MOST_PROMOTIONS = 1000

-- Makes a model the current one where `base` is ('' where none was promoted).
local function champion_promote(keys, args)
  local root, now, base, version = keys[1], moment(args[1]), args[2], args[3]
  local parent, actor, why, detail = args[4], args[5], args[6], args[7]
  local champion = root .. ':champion'
  local current = redis.call('HGET', champion, 'version') or ''
  if current == version then return { 'same' } end
  if current ~= base then return { 'conflict', current } end
  redis.call('HSET', champion, 'version', version)
  redis.call('XADD', champion .. ':history', 'MAXLEN', MOST_PROMOTIONS, '*', 'version', version,
    'parent', parent, 'by', actor, 'why', why, 'at', digits(now))
  append(root, now, 'promoted', '', '', '', actor, detail)
  return { 'done' }
end
