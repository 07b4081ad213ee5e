-- The breaker: how often rules that are new to the site hit, and which of them hit too often.
--
-- Rules are known by a fingerprint of their content. Comments are numbered; a rule's share is that
-- of the comments since it came, of the last BREAKER_WINDOW where there were more.

local BREAKER_WINDOW = 1000
local HITS_REMEMBERED = 90 * 24 * 3600 * 1000
local RULES_REMEMBERED = 90 * 24 * 3600 * 1000

-- For each pair of name and fingerprint: when that content was first here, 0 where it came with the
-- very first rules, which nobody changed.
local function breaker_register(keys, args)
  local root, now = keys[1], moment(args[1])
  local rules, listed, current = root .. ':breaker:rules', root .. ':breaker:listed',
    root .. ':breaker:current'
  local sequence = redis.call('GET', root .. ':breaker:sequence') or '0'
  local first = redis.call('EXISTS', rules) == 1 and digits(now) or '0'
  local since = {}
  redis.call('DEL', current)
  for at = 2, #args, 2 do
    local name, fingerprint = args[at], args[at + 1]
    redis.call('HSETNX', rules, fingerprint, first .. ':' .. sequence)
    redis.call('ZADD', listed, digits(now), fingerprint)
    redis.call('HSET', current, name, fingerprint)
    since[#since + 1] = string.match(redis.call('HGET', rules, fingerprint), '^%d+')
  end
  local gone = redis.call('ZRANGEBYSCORE', listed, '-inf', digits(now - RULES_REMEMBERED))
  for _, fingerprint in ipairs(gone) do
    redis.call('HDEL', rules, fingerprint)
    redis.call('HDEL', root .. ':breaker:tripped', fingerprint)
    redis.call('ZREM', listed, fingerprint)
  end
  return since
end

-- What tripped, as pairs of fingerprint and state.
local function breaker_tripped(keys)
  return redis.call('HGETALL', keys[1] .. ':breaker:tripped')
end

-- The contents that the rules have now, as pairs of name and fingerprint.
local function breaker_current(keys)
  return redis.call('HGETALL', keys[1] .. ':breaker:current')
end

-- Counts a comment, once, and the young rules that hit it, as pairs of name and fingerprint. Returns
-- the fingerprints that tripped by it.
local function breaker_count(keys, args)
  local root, now, comment = keys[1], moment(args[1]), args[2]
  local age, most, share, least = tonumber(args[3]), tonumber(args[4]), tonumber(args[5]),
    tonumber(args[6])
  local numbers, tripped = root .. ':breaker:comments', root .. ':breaker:tripped'
  if redis.call('ZSCORE', numbers, comment) then return {} end
  local sequence = redis.call('INCR', root .. ':breaker:sequence')
  redis.call('ZADD', numbers, sequence, comment)
  redis.call('ZREMRANGEBYRANK', numbers, 0, -1 - BREAKER_WINDOW)
  local new = {}
  for at = 7, #args, 2 do
    local name, fingerprint = args[at], args[at + 1]
    local known = redis.call('HGET', root .. ':breaker:rules', fingerprint) or '0:0'
    local first, base = string.match(known, '^(%d+):(%d+)$')
    if tonumber(first) > now - age and redis.call('HEXISTS', tripped, fingerprint) == 0 then
      local hits = root .. ':breaker:hits:' .. fingerprint
      local since = math.max(tonumber(base), sequence - BREAKER_WINDOW)
      redis.call('ZADD', hits, sequence, comment)
      redis.call('ZREMRANGEBYSCORE', hits, '-inf', digits(since))
      redis.call('PEXPIRE', hits, digits(HITS_REMEMBERED))
      local number, comments = redis.call('ZCARD', hits), sequence - since
      if comments >= least and number > most and number > share * comments then
        redis.call('HSET', tripped, fingerprint, cjson.encode({
          rule = name, at = digits(now), hits = number, comments = comments,
        }))
        new[#new + 1] = fingerprint
      end
    end
  end
  return new
end

-- Lets a rule act again, and trusts its present content from now on. Whether it had tripped.
local function breaker_reset(keys, args)
  local root, fingerprint = keys[1], args[1]
  if redis.call('HDEL', root .. ':breaker:tripped', fingerprint) == 0 then return 0 end
  redis.call('HSET', root .. ':breaker:rules', fingerprint, '0:0')
  redis.call('DEL', root .. ':breaker:hits:' .. fingerprint)
  return 1
end
