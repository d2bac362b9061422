-- The registrations of a user that are still there.
-- KEYS  registrations of the user
-- ARGV  prefix of registrations
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', ARGV[1] .. id) == 1 then
    found[#found + 1] = id
  else
    redis.call('SREM', KEYS[1], id)
  end
end
return found
