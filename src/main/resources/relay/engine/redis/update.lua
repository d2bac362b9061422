-- What a claimed registration has become. Returns 1; -1 if it is claimed anew; -3 if this claim was taken from the relay; 0 if
-- the engine has lost this claim.
-- KEYS  registration
-- ARGV  relay, number of the claim, version, lease in ms, prefix of users' registrations, topics or '', cursor or '',
--       then the fields of its credential, if they have changed
local fields = redis.call('HMGET', KEYS[1], 'owner', 'number', 'keep', 'user', 'version', 'taken')
if fields[1] ~= ARGV[1] or fields[2] ~= ARGV[2] then
  if fields[6] == ARGV[2] then
    return -3
  end
  return fields[2] and tonumber(fields[2]) >= tonumber(ARGV[2]) and -1 or 0
end
-- What was sent by an older connection may come behind what a newer one brought.
if tonumber(ARGV[3]) > tonumber(fields[5] or 0) then
  redis.call('HSET', KEYS[1], 'version', ARGV[3])
  if ARGV[6] ~= '' then
    redis.call('HSET', KEYS[1], 'topics', string.sub(ARGV[6], 2))
  end
  if ARGV[7] ~= '' then
    redis.call('HSET', KEYS[1], 'cursor', ARGV[7])
  end
  if ARGV[8] then
    redis.call('HSET', KEYS[1], unpack(ARGV, 8))
  end
end
local life = string.format('%.0f', tonumber(ARGV[4]) + tonumber(fields[3]))
redis.call('PEXPIRE', KEYS[1], life)
if redis.call('PTTL', ARGV[5] .. fields[4]) < tonumber(life) then
  redis.call('PEXPIRE', ARGV[5] .. fields[4], life)
end
return 1
