-- A page of a stream, from its newest message to older ones, and the retained value beside it.
-- KEYS  stream, log, last messages of streams, those before, retained values
-- ARGV  oldest sequence wanted, newest sequence wanted, most messages, field of the retained value or ''
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local current = redis.call('HGET', KEYS[2], 'current')
local newest = tonumber(current and redis.call('HGET', KEYS[2], current) or '0')
local value = ARGV[4] ~= '' and redis.call('HGET', KEYS[5], ARGV[4]) or ''
if redis.call('EXISTS', KEYS[1]) == 0 then
  local missing = newest
  if redis.call('HEXISTS', KEYS[3], 'since') == 1 then
    missing = redis.call('HGET', KEYS[3], KEYS[1]) or redis.call('HGET', KEYS[4], KEYS[1])
        or redis.call('HGET', KEYS[4], 'since') or redis.call('HGET', KEYS[3], 'since')
  end
  return {tonumber(missing), now, {}, newest, value}
end
local trimmed = 0
local about = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #about, 2 do
  if about[i] == 'max-deleted-entry-id' then
    trimmed = tonumber(string.match(about[i + 1], '^%d+'))
  end
end
local messages = {}
if ARGV[3] ~= '0' then
  messages = redis.call('XREVRANGE', KEYS[1], ARGV[2] .. '-0', ARGV[1] .. '-0', 'COUNT', ARGV[3])
end
return {trimmed, now, messages, newest, value}
