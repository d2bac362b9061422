-- The backend has a batch: nothing if that is another one by now.
-- KEYS  state of the outbox, batch
-- ARGV  id of the batch
if redis.call('HGET', KEYS[1], 'batch') == ARGV[1] then
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[1], 'batch', 'size')
end
return {}
