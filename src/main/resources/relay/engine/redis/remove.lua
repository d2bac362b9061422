-- Removes a registration, and tells all relays: one may serve it though the engine has lost it. One that does not hear that
-- now finds it among the removals when it would put it back.
-- KEYS  registration, log, removals, up to which sequence removals may be forgotten; if the backend hears of it: events,
--       present clients
-- ARGV  id, prefix of users' registrations, control channel, most removals; if the backend hears of it: most events
local fields = redis.call('HMGET', KEYS[1], 'user', 'number')
local remembered
if fields[2] ~= '0' then
  local current = redis.call('HGET', KEYS[2], 'current')
  local sequence = current and redis.call('HGET', KEYS[2], current) or '0'
  remembered = redis.pcall('ZADD', KEYS[3], sequence, 'i' .. ARGV[1])
  if redis.call('ZCARD', KEYS[3]) > tonumber(ARGV[4]) then
    redis.call('SET', KEYS[4], redis.call('ZPOPMIN', KEYS[3])[2])
  end
end
if fields[1] then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', ARGV[2] .. fields[1], ARGV[1])
  if KEYS[5] and redis.call('ZREM', KEYS[6], ARGV[1] .. ' ' .. fields[1]) == 1 then
    redis.call('XADD', KEYS[5], 'MAXLEN', ARGV[5], '*', 'e', 'g\n' .. ARGV[1] .. '\n' .. fields[1])
  end
end
redis.call('PUBLISH', ARGV[3], 'd ' .. ARGV[1])
if type(remembered) == 'table' then
  -- A full server: whoever asked is to ask again, since a relay that is away will not know.
  return remembered
end
return fields[1] and 1 or 0
