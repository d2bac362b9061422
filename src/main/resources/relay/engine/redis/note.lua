-- What a relay knows that the server does not: which watched messages were received, and its own events. Each of these has a number, so
-- that one that is sent again is there once.
-- KEYS  events, state of the outbox, number of the relay's last event, watched messages, their events
-- ARGV  most events, how long the number is kept in ms, number of the last event before these, how many were dropped before these, how
--       many there are, then the events, then the sequences of messages
local before, count = tonumber(ARGV[3]), tonumber(ARGV[5])
for i = 6 + count, #ARGV do
  redis.call('ZREM', KEYS[4], ARGV[i])
  redis.call('HDEL', KEYS[5], ARGV[i])
end
if count > 0 and tonumber(redis.call('GET', KEYS[3]) or 0) <= before then
  for i = 6, 5 + count do
    redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'e', ARGV[i])
  end
  redis.call('SET', KEYS[3], string.format('%.0f', before + count), 'PX', ARGV[2])
  if ARGV[4] ~= '0' then
    redis.call('HINCRBY', KEYS[2], 'accounted', '-' .. ARGV[4])
  end
end
return {}
