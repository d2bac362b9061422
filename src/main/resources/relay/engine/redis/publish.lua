-- Gives a message its place, stores it and brings it to the relays that follow its topic.
-- KEYS  log, stream, key, last messages of streams, those before, names of their topics, those before
-- ARGV  run id and epoch, channel, head, text, most messages of a stream (0: none is stored), their age in ms,
--       life of the stream in ms, fingerprint or '', life of the key in ms, topic
local fingerprint = ARGV[8]
if fingerprint ~= '' then
  local known = redis.call('HMGET', KEYS[3], 'fingerprint', 'sequence', 'answer')
  if known[1] then
    if known[1] ~= fingerprint then
      return {2}
    end
    return {1, tonumber(known[2]), known[3] or ''}
  end
end

local sequence = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
if sequence == 1 and redis.call('HGET', KEYS[1], 'current') ~= ARGV[1] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return redis.error_reply('EPOCH another epoch has begun')
end
local digits = string.format('%.0f', sequence)

-- Last messages of streams were not noted before this one, or that is lost.
local function noteFrom(now)
  if redis.call('HEXISTS', KEYS[4], 'since') == 0 then
    redis.call('UNLINK', KEYS[5], KEYS[6], KEYS[7])
    redis.call('HSET', KEYS[4], 'since', string.format('%.0f', sequence - 1), 'hour', math.floor(now / 3600000))
    redis.call('ZADD', KEYS[6], 0, '')
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[5])
if most > 0 then
  redis.call('XADD', KEYS[2], digits .. '-0', 't', string.format('%.0f', now), 'm', ARGV[4])
  local length = redis.call('XLEN', KEYS[2])
  if length == 1 then
    -- A stream that was there before and was dropped: readers are to miss what it held.
    noteFrom(now)
    local missing = redis.call('HGET', KEYS[4], KEYS[2]) or redis.call('HGET', KEYS[5], KEYS[2])
        or redis.call('HGET', KEYS[5], 'since') or redis.call('HGET', KEYS[4], 'since')
    redis.call('XSETID', KEYS[2], digits .. '-0', 'ENTRIESADDED', 1, 'MAXDELETEDID', missing .. '-0')
  end
  if redis.call('HSET', KEYS[4], KEYS[2], digits) == 1 then
    noteFrom(now)
    redis.call('ZADD', KEYS[6], 0, ARGV[10])
  end
  local surplus = math.min(length - most, 8)
  if surplus <= 0 and length > 1 and sequence % 8 == 0 then
    surplus = 8
  end
  if surplus > 0 then
    -- By XDEL, since only that tells readers what the last one was that is missing.
    for i, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', surplus)) do
      if length - i < most and now - tonumber(entry[2][2]) <= tonumber(ARGV[6]) then
        break
      end
      redis.call('XDEL', KEYS[2], entry[1])
    end
  end
  redis.call('PEXPIRE', KEYS[2], ARGV[7])
end

if fingerprint ~= '' then
  redis.call('HSET', KEYS[3], 'fingerprint', fingerprint, 'sequence', digits)
  redis.call('PEXPIRE', KEYS[3], ARGV[9])
end
return {0, sequence, redis.call('PUBLISH', ARGV[2], digits .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[3] .. ARGV[4])}
