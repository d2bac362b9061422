-- Puts back what the engine has lost of a registration that a relay serves or served last. Returns 1; -1 if it is claimed
-- anew; -2 if it was removed, or may have been.
-- KEYS  registration, removals, up to which sequence removals may be forgotten; if the backend hears of it: present clients
-- ARGV  relay or '', number of the claim, sequence of the claim, sequence up to which the relay knows of removals, life in ms,
--       prefix of users' registrations, prefix of relays' channels, id, user, then the fields
local forgotten = redis.call('GET', KEYS[3])
local ofUser = redis.call('ZSCORE', KEYS[2], 'u' .. ARGV[9])
if redis.call('ZSCORE', KEYS[2], 'i' .. ARGV[8])
    or (ofUser and tonumber(ofUser) >= tonumber(ARGV[3]))
    or (forgotten and tonumber(forgotten) >= tonumber(ARGV[4])) then
  return -2
end
local there = redis.call('HMGET', KEYS[1], 'owner', 'number')
if there[2] then
  if tonumber(there[2]) >= tonumber(ARGV[2]) then
    return there[1] == ARGV[1] and there[2] == ARGV[2] and 1 or -1
  end
  if there[1] ~= '' and there[1] ~= ARGV[1] then
    redis.call('PUBLISH', ARGV[7] .. there[1], 'r ' .. ARGV[8] .. ' ' .. there[2])
  end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 10))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if KEYS[4] then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[4], time[1] * 1000 + ARGV[5], ARGV[8] .. ' ' .. ARGV[9])
end
local registrations = ARGV[6] .. ARGV[9]
redis.call('SADD', registrations, ARGV[8])
if redis.call('PTTL', registrations) < tonumber(ARGV[5]) then
  redis.call('PEXPIRE', registrations, ARGV[5])
end
return 1
