-- Gives a message its place, stores it for each of its topics and brings it to the relays that follow them.
-- KEYS  log, key, last messages of streams, those before, names of their topics, those before, retained values, these by age,
--       these by name, then the stream of each topic
-- ARGV  run id and epoch, head, text, most messages of a stream (0: none is stored), their age in ms, life of a stream in ms,
--       fingerprint or '', life of the key in ms, options or '', what becomes of the retained values (n: nothing, v: they are
--       this message, c: they are cleared), most bytes of all these, recipient or '', then channel and name of each topic; of a message that is
--       watched: the sorted set and the hash of these, the state of the outbox, most of these, how long in ms, the rest of its event; of a
--       client's, which is never watched: its registration, the relay that serves it, the number of its claim
-- Returns 0, the sequence, and how many copies there are of each topic; 1, sequence and answer of the first with this key; 2 if that was
-- another message; 3 if the relay does not serve the client any more
local more = 2 * #KEYS - 5
if #ARGV == more + 2 then
  local served = redis.call('HMGET', ARGV[more], 'owner', 'number')
  if served[1] ~= ARGV[more + 1] or served[2] ~= ARGV[more + 2] then
    return {3}
  end
end
local fingerprint = ARGV[7]
if fingerprint ~= '' then
  local known = redis.call('HMGET', KEYS[2], 'fingerprint', 'sequence', 'answer')
  if known[1] then
    if known[1] ~= fingerprint then
      return {2}
    end
    return {1, tonumber(known[2]), known[3] or ''}
  end
end

local sequence = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
if sequence == 1 and redis.call('HGET', KEYS[1], 'current') ~= ARGV[1] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return redis.error_reply('EPOCH another epoch has begun')
end
local digits = string.format('%.0f', sequence)

-- The server's clock may be set back; the time of messages is not.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], 'time') or 0)
if before > now then
  now = before
elseif before < now then
  redis.call('HSET', KEYS[1], 'time', string.format('%.0f', now))
end
local time = string.format('%.0f', now)

-- Last messages of streams were not noted before this one, or that is lost.
local function note_from()
  if redis.call('HEXISTS', KEYS[3], 'since') == 0 then
    redis.call('UNLINK', KEYS[4], KEYS[5], KEYS[6])
    redis.call('HSET', KEYS[3], 'since', string.format('%.0f', sequence - 1), 'hour', math.floor(now / 3600000))
    redis.call('ZADD', KEYS[5], 0, '')
  end
end

local most = tonumber(ARGV[4])
local function store(stream, topic)
  if ARGV[9] == '' then
    redis.call('XADD', stream, digits .. '-0', 't', time, 'm', ARGV[3])
  else
    redis.call('XADD', stream, digits .. '-0', 't', time, 'm', ARGV[3], 'o', ARGV[9])
  end
  local length = redis.call('XLEN', stream)
  if length == 1 then
    -- A stream that was there before and was dropped: readers are to miss what it held.
    note_from()
    local missing = redis.call('HGET', KEYS[3], stream) or redis.call('HGET', KEYS[4], stream)
        or redis.call('HGET', KEYS[4], 'since') or redis.call('HGET', KEYS[3], 'since')
    redis.call('XSETID', stream, digits .. '-0', 'ENTRIESADDED', 1, 'MAXDELETEDID', missing .. '-0')
  end
  if redis.call('HSET', KEYS[3], stream, digits) == 1 then
    note_from()
    redis.call('ZADD', KEYS[5], 0, topic)
  end
  local surplus = math.min(length - most, 8)
  if surplus <= 0 and length > 1 and sequence % 8 == 0 then
    surplus = 8
  end
  if surplus > 0 then
    -- By XDEL, since only that tells readers what the last one was that is missing.
    for i, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', surplus)) do
      if length - i < most and now - tonumber(entry[2][2]) <= tonumber(ARGV[5]) then
        break
      end
      redis.call('XDEL', stream, entry[1])
    end
  end
  redis.call('PEXPIRE', stream, ARGV[6])
end

-- The field '' of the retained values is what they take; each is '<sequence> <time> <options>\n<text>'.
local OVERHEAD = 200
local function forget(field)
  local size = redis.call('HSTRLEN', KEYS[7], field)
  if size > 0 then
    redis.call('HDEL', KEYS[7], field)
    redis.call('HINCRBY', KEYS[7], '', -(size + #field + OVERHEAD))
  end
  redis.call('ZREM', KEYS[8], field)
  redis.call('ZREM', KEYS[9], field)
end

local function retain(topic)
  local field = topic .. '\n' .. ARGV[12]
  forget(field)
  local value = digits .. ' ' .. time .. ' ' .. ARGV[9] .. '\n' .. ARGV[3]
  local size = #value + #field + OVERHEAD
  local room = tonumber(ARGV[11])
  if ARGV[10] == 'c' or size > room then
    return
  end
  redis.call('HSET', KEYS[7], field, value)
  redis.call('ZADD', KEYS[8], digits, field)
  redis.call('ZADD', KEYS[9], 0, field)
  local all = redis.call('HINCRBY', KEYS[7], '', size)
  while all > room do
    local oldest = redis.call('ZPOPMIN', KEYS[8])[1]
    if not oldest then
      -- The server has dropped a part of this: what is left cannot be put in order.
      redis.call('UNLINK', KEYS[7], KEYS[9])
      return
    end
    forget(oldest)
    all = tonumber(redis.call('HGET', KEYS[7], ''))
  end
end

local reply = {0, sequence}
local message = digits .. ' ' .. time .. ' ' .. ARGV[2] .. ARGV[3]
for i = 10, #KEYS do
  local topic = ARGV[2 * i - 6]
  if most > 0 then
    store(KEYS[i], topic)
  end
  if ARGV[10] ~= 'n' then
    retain(topic)
  end
  reply[i - 7] = redis.call('PUBLISH', ARGV[2 * i - 7], message)
end

local watch = more
if #ARGV > watch + 2 then
  redis.call('ZADD', ARGV[watch], now + ARGV[watch + 4], digits)
  redis.call(
    'HSET', ARGV[watch + 1], digits, 'u\n' .. string.match(ARGV[1], '%S+$') .. '-' .. digits .. '\n' .. ARGV[watch + 5])
  if redis.call('ZCARD', ARGV[watch]) > tonumber(ARGV[watch + 3]) then
    redis.call('HDEL', ARGV[watch + 1], redis.call('ZPOPMIN', ARGV[watch])[1])
    redis.call('HINCRBY', ARGV[watch + 2], 'accounted', -1)
  end
end

if fingerprint ~= '' then
  redis.call('HSET', KEYS[2], 'fingerprint', fingerprint, 'sequence', digits)
  redis.call('PEXPIRE', KEYS[2], ARGV[8])
end
return reply
