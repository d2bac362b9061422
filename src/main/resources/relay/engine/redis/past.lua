-- A page of a strand, from its newest message to older ones.
-- KEYS  strand, hours
-- ARGV  oldest sequence wanted, newest sequence wanted, most messages, life of a strand in hours
local time = redis.call('TIME')
local trimmed = 0
if redis.call('EXISTS', KEYS[1]) == 0 then
  local hours = redis.call('HGETALL', KEYS[2])
  local gone = math.floor(time[1] / 3600) - ARGV[4]
  local first
  for i = 1, #hours, 2 do
    local hour = tonumber(hours[i])
    if hour > gone and (first == nil or hour < first) then
      first = hour
      trimmed = tonumber(hours[i + 1])
    end
  end
  return {trimmed, time[1] * 1000, {}}
end
local about = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #about, 2 do
  if about[i] == 'max-deleted-entry-id' then
    trimmed = tonumber(string.match(about[i + 1], '^%d+'))
  end
end
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {trimmed, now, redis.call('XREVRANGE', KEYS[1], ARGV[2] .. '-0', ARGV[1] .. '-0', 'COUNT', ARGV[3])}
