-- Whether the user may run INFO, and whether it may subscribe to any pattern, and which of the commands that the scripts and the relay need it may not. To be asked before
-- anything is written.
-- ARGV  a key, a channel, whether the backend hears of events: 1
local key, channel = ARGV[1], ARGV[2]
local missing = {}
for _, command in ipairs({
  {'del', key},
  {'exists', key},
  {'get', key},
  {'hdel', key, 'f'},
  {'hexists', key, 'f'},
  {'hget', key, 'f'},
  {'hincrby', key, 'f', '1'},
  {'hmget', key, 'f'},
  {'hset', key, 'f', 'v'},
  {'hstrlen', key, 'f'},
  {'lrange', key, '0', '-1'},
  {'ltrim', key, '0', '-1'},
  {'pexpire', key, '1'},
  {'pttl', key},
  {'rename', key, key},
  {'rpush', key, 'v'},
  {'sadd', key, 'v'},
  {'scard', key},
  {'set', key, 'v'},
  {'smembers', key},
  {'srandmember', key, '1'},
  {'srem', key, 'v'},
  {'time'},
  {'unlink', key},
  {'xadd', key, '1-0', 'f', 'v'},
  {'xdel', key, '1-0'},
  {'xinfo', 'stream', key},
  {'xlen', key},
  {'xrange', key, '-', '+'},
  {'xrevrange', key, '+', '-'},
  {'xsetid', key, '1-0'},
  {'zadd', key, '1', 'v'},
  {'zcard', key},
  {'zpopmin', key},
  {'zrangebylex', key, '-', '+'},
  {'zrem', key, 'v'},
  {'zscore', key, 'v'},
  {'publish', channel, 'v'},
  {'subscribe', channel},
  {'unsubscribe', channel},
}) do
  if not redis.acl_check_cmd(unpack(command)) then
    missing[#missing + 1] = '+' .. command[1]
  end
end
for _, command in ipairs(ARGV[3] == '1' and {
  {'zrangebyscore', key, '0', '1'},
} or {}) do
  if not redis.acl_check_cmd(unpack(command)) then
    missing[#missing + 1] = '+' .. command[1]
  end
end
-- Of a user with a list of channels, the server takes a pattern only if that very pattern is in the list.
local patterns = redis.acl_check_cmd('psubscribe', channel .. '.*') and redis.acl_check_cmd('punsubscribe', channel .. '.*')
return {redis.acl_check_cmd('INFO', 'server') and 1 or 0, missing, patterns and 1 or 0}
