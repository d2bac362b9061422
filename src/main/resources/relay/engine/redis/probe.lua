-- A barrier that also writes, so that a replica refuses it, and that notes the sequence once an hour.
-- KEYS  log, heartbeat, hours
-- ARGV  run id and epoch, the relay's channel, number of the barrier, life of the heartbeat in ms, life of a strand in hours
local sequence = redis.call('HGET', KEYS[1], ARGV[1])
if not sequence then
  return redis.error_reply('EPOCH another epoch has begun')
end
redis.call('SET', KEYS[2], sequence, 'PX', ARGV[4])
local now = math.floor(redis.call('TIME')[1] / 3600)
if redis.call('HSETNX', KEYS[3], now, sequence) == 1 then
  for _, hour in ipairs(redis.call('HKEYS', KEYS[3])) do
    if tonumber(hour) < now - ARGV[5] - 1 then
      redis.call('HDEL', KEYS[3], hour)
    end
  end
end
redis.call('PUBLISH', ARGV[2], 'b ' .. ARGV[3] .. ' ' .. sequence)
return tonumber(sequence)
