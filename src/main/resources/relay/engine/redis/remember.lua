-- KEYS  key    ARGV  fingerprint, answer
if redis.call('HGET', KEYS[1], 'fingerprint') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'answer', ARGV[2])
end
return 0
