-- KEYS  registration
-- ARGV  id, prefix of users' registrations, prefix of relays' channels
local fields = redis.call('HMGET', KEYS[1], 'user', 'owner', 'number')
if not fields[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('SREM', ARGV[2] .. fields[1], ARGV[1])
if fields[2] and fields[2] ~= '' then
  redis.call('PUBLISH', ARGV[3] .. fields[2], 'd ' .. ARGV[1] .. ' ' .. fields[3])
end
return 1
