-- The first cursor of one that is kept is the newest message there is: what comes between this and its first connection is
-- for it. Answers with that message's sequence and the log's run id and epoch; with nothing if the user has as many as one
-- may: some that have gone by themselves are still counted, and at the bound are looked for among a hundred.
-- KEYS  registration, registrations of the user, log
-- ARGV  life in ms, prefix of registrations, id, the most of the user, then the fields
local function forget_gone(most)
  for _, id in ipairs(redis.call('SRANDMEMBER', KEYS[2], most)) do
    if redis.call('EXISTS', ARGV[2] .. id) == 0 then
      redis.call('SREM', KEYS[2], id)
    end
  end
end
local function is_full()
  return redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[4])
end
local current = redis.call('HGET', KEYS[3], 'current')
local newest = current and redis.call('HGET', KEYS[3], current)
if not newest then
  return redis.error_reply('EPOCH another epoch has begun')
end
if is_full() then
  forget_gone(100)
  if is_full() then
    return {}
  end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
if tonumber(redis.call('HGET', KEYS[1], 'keep')) > 0 then
  redis.call('HSET', KEYS[1], 'cursor', newest)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
forget_gone(2)
redis.call('SADD', KEYS[2], ARGV[3])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return {newest, current}
