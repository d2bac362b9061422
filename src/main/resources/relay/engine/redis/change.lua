-- Changes a registration that waits, or that a relay serves which is away: topics that are new to it begin after the newest message.
-- Such a relay has its claim no more. It is told on its channel, behind all messages up to now; one that has left that finds it
-- among what was taken from it when it comes back. Returns 1; 0 if the registration is not as it was, or its relay is there.
-- KEYS  registration, log, what was taken from the relay, heartbeat of the relay
-- ARGV  relay that serves it or '', number of the claim, version, changes, its channel, id, life of what was taken in ms, whether to
--       take it from a relay that is there or '', the topics that it keeps, names of those that it gets, then the other fields
local fields = redis.call('HMGET', KEYS[1], 'owner', 'number', 'version', 'changes')
for i = 1, 4 do
  if (fields[i] or '') ~= ARGV[i] then
    return 0
  end
end
local current = redis.call('HGET', KEYS[2], 'current')
local newest = current and redis.call('HGET', KEYS[2], current)
if not newest then
  return redis.error_reply('EPOCH another epoch has begun')
end
if ARGV[1] ~= '' then
  -- The barrier 0 is nobody's: it only finds out whether the relay listens.
  if ARGV[8] == '' and redis.call('EXISTS', KEYS[4]) == 1 and redis.call('PUBLISH', ARGV[5], 'b 0 0') > 0 then
    return 0
  end
  redis.call('SADD', KEYS[3], ARGV[6] .. ' ' .. ARGV[2])
  redis.call('PEXPIRE', KEYS[3], ARGV[7])
  redis.call('PUBLISH', ARGV[5], 'm ' .. ARGV[6] .. ' ' .. ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'number', 1)
  redis.call('HSET', KEYS[1], 'owner', '', 'taken', ARGV[2])
end
redis.call('HINCRBY', KEYS[1], 'changes', 1)
local added = string.gsub(ARGV[10], '[^\n]+\n', newest .. ' %0')
redis.call('HSET', KEYS[1], 'topics', ARGV[9] .. added, unpack(ARGV, 11))
if added ~= '' then
  -- Whoever claims it sends it their retained values.
  redis.call('HSET', KEYS[1], 'owed', '1')
end
return 1
