-- Published rule sets: files by their hash, what a version is made of, and who published it when.

-- A version's files: their contents once each, and the names under which the version has them.
local function keep_version(root, version, manifest, judged, blobs)
  local book = root .. ':rulebook'
  redis.call('HSET', book .. ':versions', version, manifest)
  redis.call('HSET', book .. ':judged', judged, version)
  for at = 1, #blobs, 2 do
    redis.call('HSETNX', book .. ':blobs', blobs[at], blobs[at + 1])
  end
end

-- One line of the history. Its number is the entry's in this stream.
local function enter_version(root, now, kind, version, parent, actor, why, judged)
  local book = root .. ':rulebook'
  local number = digits(redis.call('HINCRBY', book .. ':current', 'number', 1))
  redis.call('XADD', book .. ':history', number .. '-0', 'kind', kind, 'version', version,
    'parent', parent, 'by', actor, 'why', why, 'at', digits(now), 'judged', judged)
  return number
end

-- Makes a version the current one where `base` is ('' where none is). One that is current already
-- stays, whatever the base: two services that see one change publish it once.
local function rulebook_publish(keys, args)
  local root, now, base, version = keys[1], moment(args[1]), args[2], args[3]
  local manifest, judged, kind, actor, why, detail =
    args[4], args[5], args[6], args[7], args[8], args[9]
  local book = root .. ':rulebook'
  local current = redis.call('HGET', book .. ':current', 'version') or ''
  if current == version then return { 'same' } end
  if current ~= base then return { 'conflict', current } end
  keep_version(root, version, manifest, judged, { unpack(args, 10) })
  local number = enter_version(root, now, kind, version, base, actor, why, judged)
  redis.call('HSET', book .. ':current', 'version', version, 'entry', number)
  append(root, now, kind, '', '', '', actor, detail)
  return { 'done' }
end

-- Keeps a version that cannot become the current one. One that is kept already stays as it is.
local function rulebook_set_aside(keys, args)
  local root, now, base, version = keys[1], moment(args[1]), args[2], args[3]
  if redis.call('HEXISTS', root .. ':rulebook:versions', version) == 1 then return { 'same' } end
  keep_version(root, version, args[4], args[5], { unpack(args, 10) })
  enter_version(root, now, args[6], version, base, args[7], args[8], args[5])
  append(root, now, args[6], '', '', '', args[7], args[9])
  return { 'done' }
end
