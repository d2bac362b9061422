-- The end of a connection. Returns 1; -1 if it is claimed anew; 0 if the engine has lost this claim.
-- KEYS  registration; if the backend hears of it: events, present clients
-- ARGV  relay, number of the claim, cursor or '', prefix of users' registrations, id, topics or '',
--       then the fields of its credential, if they have changed; if the backend hears of it: most events
local fields = redis.call('HMGET', KEYS[1], 'owner', 'number', 'keep', 'user')
if fields[1] ~= ARGV[1] or fields[2] ~= ARGV[2] then
  return fields[2] and tonumber(fields[2]) >= tonumber(ARGV[2]) and -1 or 0
end
if tonumber(fields[3]) == 0 then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', ARGV[4] .. fields[4], ARGV[5])
  if KEYS[2] and redis.call('ZREM', KEYS[3], ARGV[5] .. ' ' .. fields[4]) == 1 then
    redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[#ARGV], '*', 'e', 'g\n' .. ARGV[5] .. '\n' .. fields[4])
  end
  return 1
end
redis.call('HSET', KEYS[1], 'owner', '')
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'cursor', ARGV[3])
end
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'topics', string.sub(ARGV[6], 2))
end
local last = KEYS[2] and #ARGV - 1 or #ARGV
if last > 6 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 7, last))
end
redis.call('PEXPIRE', KEYS[1], fields[3])
if KEYS[2] then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[3], 'XX', time[1] * 1000 + fields[3], ARGV[5] .. ' ' .. fields[4])
end
if redis.call('PTTL', ARGV[4] .. fields[4]) < tonumber(fields[3]) then
  redis.call('PEXPIRE', ARGV[4] .. fields[4], fields[3])
end
return 1
