-- A barrier that also writes, so that a replica refuses it, and that lets go of the last messages of streams that have expired.
-- KEYS  log, heartbeat, last messages of streams, those before, names of their topics, those before
-- ARGV  run id and epoch, the relay's channel, number of the barrier, life of the heartbeat in ms, life of a stream in hours
local sequence = redis.call('HGET', KEYS[1], ARGV[1])
if not sequence then
  return redis.error_reply('EPOCH another epoch has begun')
end
redis.call('SET', KEYS[2], sequence, 'PX', ARGV[4])
local now = math.floor(redis.call('TIME')[1] / 3600)
local hour = redis.call('HGET', KEYS[3], 'hour')
if hour and now - hour >= tonumber(ARGV[5]) then
  redis.call('UNLINK', KEYS[4], KEYS[6])
  redis.call('RENAME', KEYS[3], KEYS[4])
  redis.call('HSET', KEYS[3], 'since', sequence, 'hour', now)
  if redis.call('EXISTS', KEYS[5]) == 1 then
    redis.call('RENAME', KEYS[5], KEYS[6])
  end
  redis.call('ZADD', KEYS[5], 0, '')
end
redis.call('PUBLISH', ARGV[2], 'b ' .. ARGV[3] .. ' ' .. sequence)
return tonumber(sequence)
