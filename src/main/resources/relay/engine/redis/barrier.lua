-- Tells a relay, by its own channel, up to which sequence everything has come there when this does.
-- KEYS  log
-- ARGV  run id and epoch, the relay's channel, number of the barrier
local sequence = redis.call('HGET', KEYS[1], ARGV[1])
if not sequence then
  return redis.error_reply('EPOCH another epoch has begun')
end
redis.call('PUBLISH', ARGV[2], 'b ' .. ARGV[3] .. ' ' .. sequence)
return tonumber(sequence)
