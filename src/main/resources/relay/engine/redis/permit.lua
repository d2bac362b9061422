-- Whether the user may run INFO, and which of the commands that the scripts and the relay need it may not. To be asked before
-- anything is written.
-- ARGV  a key, a channel
local key, channel = ARGV[1], ARGV[2]
local missing = {}
for _, command in ipairs({
  {'DEL', key},
  {'EXISTS', key},
  {'GET', key},
  {'HDEL', key, 'f'},
  {'HEXISTS', key, 'f'},
  {'HGET', key, 'f'},
  {'HINCRBY', key, 'f', '1'},
  {'HMGET', key, 'f'},
  {'HSET', key, 'f', 'v'},
  {'LRANGE', key, '0', '-1'},
  {'LTRIM', key, '0', '-1'},
  {'PEXPIRE', key, '1'},
  {'PTTL', key},
  {'RENAME', key, key},
  {'RPUSH', key, 'v'},
  {'SADD', key, 'v'},
  {'SCARD', key},
  {'SET', key, 'v'},
  {'SMEMBERS', key},
  {'SRANDMEMBER', key, '1'},
  {'SREM', key, 'v'},
  {'TIME'},
  {'UNLINK', key},
  {'XADD', key, '1-0', 'f', 'v'},
  {'XDEL', key, '1-0'},
  {'XINFO', 'STREAM', key},
  {'XLEN', key},
  {'XRANGE', key, '-', '+'},
  {'XREVRANGE', key, '+', '-'},
  {'XSETID', key, '1-0'},
  {'ZADD', key, '1', 'v'},
  {'ZCARD', key},
  {'ZPOPMIN', key},
  {'ZSCORE', key, 'v'},
  {'PUBLISH', channel, 'v'},
  {'SUBSCRIBE', channel},
  {'UNSUBSCRIBE', channel},
}) do
  if not redis.acl_check_cmd(unpack(command)) then
    missing[#missing + 1] = '+' .. string.lower(command[1])
  end
end
return {redis.acl_check_cmd('INFO', 'server') and 1 or 0, missing}
