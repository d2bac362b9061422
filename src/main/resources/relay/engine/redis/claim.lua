-- KEYS  registration, log, whether the engine lost something lately
-- ARGV  relay, lease in ms, prefix of users' registrations, prefix of relays' channels, id
local fields = redis.call(
  'HMGET', KEYS[1], 'user', 'topics', 'allow', 'keep', 'ends', 'cursor', 'owner', 'own', 'overflow', 'publish',
  'owed')
if not fields[1] then
  return {-redis.call('EXISTS', KEYS[3])}
end
local number = redis.call('HINCRBY', KEYS[1], 'number', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('HDEL', KEYS[1], 'version', 'owed')
local current = redis.call('HGET', KEYS[2], 'current')
local sequence = current and redis.call('HGET', KEYS[2], current) or '0'
local life = string.format('%.0f', tonumber(ARGV[2]) + tonumber(fields[4]))
redis.call('PEXPIRE', KEYS[1], life)
if redis.call('PTTL', ARGV[3] .. fields[1]) < tonumber(life) then
  redis.call('PEXPIRE', ARGV[3] .. fields[1], life)
end
-- The backend hears of it: KEYS  events, present clients    ARGV  most events
if KEYS[4] then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[5], time[1] * 1000 + life, ARGV[5] .. ' ' .. fields[1])
  if number == 1 then
    redis.call('XADD', KEYS[4], 'MAXLEN', ARGV[6], '*', 'e', 'c\n' .. ARGV[5] .. '\n' .. fields[1])
  end
end
if fields[7] and fields[7] ~= '' and fields[7] ~= ARGV[1] then
  redis.call('PUBLISH', ARGV[4] .. fields[7], 'r ' .. ARGV[5] .. ' ' .. string.format('%.0f', number - 1))
end
return {
  number, fields[1], fields[2], fields[3], fields[4], fields[5], fields[8] or '', fields[9] or '', fields[10] or '',
  fields[6] or '', sequence, fields[11] and 1 or 0}
