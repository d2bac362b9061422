-- A page of the names of topics, in the order of their bytes, and whether the set has them all: the server may have dropped it.
-- KEYS  names, the last messages of the streams of these topics
-- ARGV  as ZRANGEBYLEX takes them: first name, last name; most names
local whole = redis.call('EXISTS', KEYS[2]) == 0 or redis.call('ZSCORE', KEYS[1], '')
return {whole and 1 or 0, redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])}
