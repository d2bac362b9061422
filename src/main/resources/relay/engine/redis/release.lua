-- The end of a connection. Returns 1; -1 if it is claimed anew; 0 if the engine has lost this claim.
-- KEYS  registration
-- ARGV  relay, number of the claim, cursor or '', prefix of users' registrations, id, topics or '',
--       then the fields of its credential, if they have changed
local fields = redis.call('HMGET', KEYS[1], 'owner', 'number', 'keep', 'user')
if fields[1] ~= ARGV[1] or fields[2] ~= ARGV[2] then
  return fields[2] and tonumber(fields[2]) >= tonumber(ARGV[2]) and -1 or 0
end
if tonumber(fields[3]) == 0 then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', ARGV[4] .. fields[4], ARGV[5])
  return 1
end
redis.call('HSET', KEYS[1], 'owner', '')
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'cursor', ARGV[3])
end
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'topics', string.sub(ARGV[6], 2))
end
if ARGV[7] then
  redis.call('HSET', KEYS[1], unpack(ARGV, 7))
end
redis.call('PEXPIRE', KEYS[1], fields[3])
if redis.call('PTTL', ARGV[4] .. fields[4]) < tonumber(fields[3]) then
  redis.call('PEXPIRE', ARGV[4] .. fields[4], fields[3])
end
return 1
