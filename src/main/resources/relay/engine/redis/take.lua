-- One relay takes the events: for as long as it holds the lease. It also finds out what the server does not tell: whose registrations have
-- run out, and which watched messages were not received in time. Answers with whether it holds the lease, how many events wait, how many
-- more were dropped than at the last answer, whether more is to be found out at once, the id of the batch, and its events.
-- KEYS  lease, state of the outbox, events, batch, present clients, watched messages, their events
-- ARGV  relay, lease in ms, most events, prefix of registrations, most events of a batch (0: none are wanted), the most that is found out
--       at a time
local holder = redis.call('GET', KEYS[1])
local size = tonumber(redis.call('HGET', KEYS[2], 'size') or 0)
if holder and holder ~= ARGV[1] then
  return {0, redis.call('XLEN', KEYS[3]) + size}
end
-- First what a full server does not refuse, even if there is no lease yet: then it refuses nothing of what follows, and hands on its
-- events all the same.
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end

local function add(event)
  redis.call('XADD', KEYS[3], 'MAXLEN', ARGV[3], '*', 'e', event)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now, 'LIMIT', 0, ARGV[6])
for _, client in ipairs(ended) do
  local id, user = string.sub(client, 1, 32), string.sub(client, 34)
  local left = redis.call('PTTL', ARGV[4] .. id)
  if left == -2 then
    redis.call('ZREM', KEYS[5], client)
    add('g\n' .. id .. '\n' .. user)
  else
    -- Its lease was renewed since.
    redis.call('ZADD', KEYS[5], now + math.max(left, 0) + 1, client)
  end
end
local missed = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, ARGV[6])
for _, sequence in ipairs(missed) do
  local event = redis.call('HGET', KEYS[7], sequence)
  redis.call('ZREM', KEYS[6], sequence)
  redis.call('HDEL', KEYS[7], sequence)
  if event then
    add(event)
  end
end

-- What was added and is neither there nor was ever taken, was dropped by MAXLEN: always the oldest. Whoever drops anything else makes
-- 'accounted' less.
local added, length = 0, 0
if redis.call('EXISTS', KEYS[3]) == 1 then
  local about = redis.call('XINFO', 'STREAM', KEYS[3])
  for i = 1, #about, 2 do
    if about[i] == 'entries-added' then
      added = about[i + 1]
    elseif about[i] == 'length' then
      length = about[i + 1]
    end
  end
end
local state = redis.call('HMGET', KEYS[2], 'accounted', 'counted', 'batch')
local accounted, counted, batch = tonumber(state[1] or 0), tonumber(state[2] or 0), state[3] or ''
local dropped = added - length - accounted
if dropped < 0 then
  -- The server has lost the events, but not what it knew of them.
  accounted = added - length
  dropped = 0
  counted = 0
  redis.call('HSET', KEYS[2], 'accounted', accounted, 'counted', counted)
end
local fresh = math.max(dropped - counted, 0)
if fresh > 0 then
  redis.call('HSET', KEYS[2], 'counted', dropped)
end

local events = {}
if ARGV[5] ~= '0' then
  if batch == '' and length > 0 then
    local ids = {}
    redis.call('DEL', KEYS[4])
    for i, entry in ipairs(redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', ARGV[5])) do
      ids[i] = entry[1]
      redis.call('RPUSH', KEYS[4], entry[1] .. ' ' .. (i == 1 and dropped or 0) .. '\n' .. entry[2][2])
    end
    redis.call('XDEL', KEYS[3], unpack(ids))
    length = length - #ids
    size = #ids
    batch = ids[size] .. '-' .. size
    redis.call(
      'HSET', KEYS[2], 'batch', batch, 'size', size, 'accounted', accounted + dropped + size, 'counted', 0)
  end
  if batch ~= '' then
    events = redis.call('LRANGE', KEYS[4], 0, -1)
  end
end
local more = math.max(#ended, #missed) >= tonumber(ARGV[6])
return {1, length + size, fresh, more and 1 or 0, batch, events}
