-- All registrations of a user up to now are to be removed: makes all relays look at those that they serve, and keeps them from
-- being put back.
-- KEYS  log, removals, up to which sequence removals may be forgotten
-- ARGV  user, control channel, most removals
local current = redis.call('HGET', KEYS[1], 'current')
local sequence = current and redis.call('HGET', KEYS[1], current) or '0'
redis.call('ZADD', KEYS[2], sequence, 'u' .. ARGV[1])
if redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[3]) then
  redis.call('SET', KEYS[3], redis.call('ZPOPMIN', KEYS[2])[2])
end
redis.call('PUBLISH', ARGV[2], 'u ' .. ARGV[1])
return 0
