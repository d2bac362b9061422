-- The relay takes no events any more: another may at once.
-- KEYS  lease    ARGV  relay
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return {}
