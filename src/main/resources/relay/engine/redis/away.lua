-- What was taken from a relay while it was away: the id of each registration, and the number of its claim. From now on it is there.
-- KEYS  what was taken, heartbeat
-- ARGV  life of the heartbeat in ms
redis.pcall('SET', KEYS[2], '', 'PX', ARGV[1])
return redis.call('SMEMBERS', KEYS[1])
