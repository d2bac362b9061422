-- What a claimed registration has become. Nothing if it is claimed anew; then -1.
-- KEYS  registration
-- ARGV  relay, number of the claim, lease in ms, prefix of users' registrations, topics or '', cursor or ''
local fields = redis.call('HMGET', KEYS[1], 'owner', 'number', 'keep', 'user')
if fields[1] ~= ARGV[1] or fields[2] ~= ARGV[2] then
  return fields[2] and tonumber(fields[2]) > tonumber(ARGV[2]) and -1 or 0
end
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'topics', string.sub(ARGV[5], 2))
end
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'cursor', ARGV[6])
end
local life = string.format('%.0f', tonumber(ARGV[3]) + tonumber(fields[3]))
redis.call('PEXPIRE', KEYS[1], life)
if redis.call('PTTL', ARGV[4] .. fields[4]) < tonumber(life) then
  redis.call('PEXPIRE', ARGV[4] .. fields[4], life)
end
return 1
