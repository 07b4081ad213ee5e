-- How often texts and matches were seen, for rules that ask. All of it expires, and no set of it
-- grows beyond its bound.

local DAY = 24 * 3600 * 1000
local MOST_REPEATS = 1000

-- Members of a sorted set of times that are younger than `window`, this one included.
local function times_within(key, member, now, window)
  local times = redis.call('ZCOUNT', key, '(' .. digits(now - window), '+inf')
  local known = redis.call('ZSCORE', key, member)
  local counted = known and tonumber(known) > now - window
  return counted and times or times + 1, counted
end

local function remember(key, member, now, window, counted, most)
  if not counted then redis.call('ZADD', key, digits(now), member) end
  redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
  redis.call('PEXPIRE', key, digits(window))
end

-- Whether it is one of a commenter's first comments on record, as '1' or '0', and how often a text
-- came within a day; '' for what is not asked. Remembers the text where `counting` is '1'.
local function sightings_see(keys, args)
  local root, now, sighting, comment = keys[1], moment(args[1]), args[2], args[3]
  local author, text, counting = args[4], args[5], args[6] == '1'
  local new, repeats = '', ''
  if author ~= '' then
    local known = load_record(root, comment)
    if known and known.author == author then
      new = known.newcomer and '1' or '0'
    else
      new = is_new(root, author) and '1' or '0'
    end
  end
  if text ~= '' then
    local key, counted = root .. ':seen:text:' .. text, nil
    repeats, counted = times_within(key, sighting, now, DAY)
    if counting then remember(key, sighting, now, DAY, counted, MOST_REPEATS) end
    repeats = digits(repeats)
  end
  return { new, repeats }
end

-- For each triple of key, window and number of matches: whether there were so many, this one
-- included. Remembers this one where `counting` is '1'.
local function sightings_match(keys, args)
  local root, now, comment, counting = keys[1], moment(args[1]), args[2], args[3] == '1'
  local passed = {}
  for at = 4, #args, 3 do
    local key = root .. ':matches:' .. args[at]
    local window, matches = tonumber(args[at + 1]), tonumber(args[at + 2])
    local times, counted = times_within(key, comment, now, window)
    if counting then remember(key, comment, now, window, counted, matches) end
    passed[#passed + 1] = times >= matches and 1 or 0
  end
  return passed
end
