-- A session begins: the log goes on, or another epoch begins where it cannot.
-- KEYS  log, epochs, last messages of streams, whether something was lost lately, last messages before, names of
--       their topics, those before
-- ARGV  run id, highest sequence the relay knows of, name of its epoch or '', name for a new epoch, control channel, most epochs,
--       for how long registrations that were lost may be put back, in ms
local run, most, name = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local JUMP = 1000000000

-- The counter's field is named by run and epoch, so that whoever counts on needs no second look to be sure of both.
local stored = redis.call('HGET', KEYS[1], 'current')
local sequence = stored and tonumber(redis.call('HGET', KEYS[1], stored))
-- Each is its name, the sequences before its first message and of its last, and the one at which it was found that more
-- of its messages had been given and were lost; 0 if that was not.
local epochs = {}
local known = name == ''
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  local n, before, last, lossy = string.match(line, '^(%S+) (%d+) (%S+) (%d+)$')
  epochs[#epochs + 1] = {n, tonumber(before), tonumber(last), lossy}
  known = known or n == name
end

local function text(epoch)
  local last = epoch[3] and string.format('%.0f', epoch[3]) or '-'
  return epoch[1] .. ' ' .. string.format('%.0f', epoch[2]) .. ' ' .. last .. ' ' .. epoch[4]
end

local changed = false
local current = epochs[#epochs]
if sequence == nil or current == nil then
  sequence = 0
  epochs = {}
  if most > 0 and name ~= '' then
    sequence = most + JUMP
    epochs[1] = {name, 0, most, string.format('%.0f', sequence)}
  end
  epochs[#epochs + 1] = {ARGV[4], sequence, nil, '0'}
  changed = true
elseif string.match(stored, '^%S+') ~= run or most > sequence or (not known and most > current[2]) then
  current[3] = sequence
  sequence = math.max(sequence, most) + JUMP
  epochs[#epochs + 1] = {ARGV[4], sequence, nil, '0'}
  changed = true
end
for i = 1, #epochs - 1 do
  local epoch = epochs[i]
  if epoch[4] == '0' and most > epoch[3] and most <= epochs[i + 1][2] then
    epoch[4] = string.format('%.0f', sequence)
    changed = true
  end
end

if changed then
  if name ~= '' then
    redis.call('SET', KEYS[4], '', 'PX', ARGV[7])
  end
  redis.call('DEL', KEYS[2])
  for _, epoch in ipairs(epochs) do
    redis.call('RPUSH', KEYS[2], text(epoch))
  end
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[6]), -1)
  if stored then
    redis.call('HDEL', KEYS[1], stored)
  end
  local log = run .. ' ' .. epochs[#epochs][1]
  redis.call('HSET', KEYS[1], 'current', log, log, string.format('%.0f', sequence))
end
if redis.call('HEXISTS', KEYS[3], 'since') == 0 then
  redis.call('UNLINK', KEYS[5], KEYS[6], KEYS[7])
  redis.call(
    'HSET', KEYS[3], 'since', string.format('%.0f', sequence), 'hour', math.floor(redis.call('TIME')[1] / 3600))
  redis.call('ZADD', KEYS[6], 0, '')
end
local lines = redis.call('LRANGE', KEYS[2], 0, -1)
if changed then
  redis.call('PUBLISH', ARGV[5], 'e ' .. string.format('%.0f', sequence) .. '\n' .. table.concat(lines, '\n'))
end
return {sequence, table.concat(lines, '\n')}
