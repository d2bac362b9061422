-- A page of a stream, from its newest message to older ones.
-- KEYS  stream, log, last messages of streams, those before
-- ARGV  oldest sequence wanted, newest sequence wanted, most messages
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 0 then
  local missing
  if redis.call('HEXISTS', KEYS[3], 'since') == 1 then
    missing = redis.call('HGET', KEYS[3], KEYS[1]) or redis.call('HGET', KEYS[4], KEYS[1])
        or redis.call('HGET', KEYS[4], 'since') or redis.call('HGET', KEYS[3], 'since')
  else
    local current = redis.call('HGET', KEYS[2], 'current')
    missing = current and redis.call('HGET', KEYS[2], current) or '0'
  end
  return {tonumber(missing), now, {}}
end
local trimmed = 0
local about = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #about, 2 do
  if about[i] == 'max-deleted-entry-id' then
    trimmed = tonumber(string.match(about[i + 1], '^%d+'))
  end
end
return {trimmed, now, redis.call('XREVRANGE', KEYS[1], ARGV[2] .. '-0', ARGV[1] .. '-0', 'COUNT', ARGV[3])}
