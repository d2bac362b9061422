-- Gives messages their places in the order in which they are named here, stores each for its topics, and brings them to the relays that
-- follow these. What cannot be done of one message takes nothing away from the others.
-- KEYS  log, last messages of streams, those before, names of their topics, those before, retained values, these by age, these by name;
--       the streams; the keys of those messages that have one
-- ARGV  run id and epoch, this relay, most messages of a stream (0: none is stored), their age in ms, life of a stream in ms, life of a
--       key in ms, most bytes of all retained values, number of streams; channel and topic of each stream; of each message: the numbers of
--       its streams, head, text, and which of these follow: o: options, what becomes of the retained values (n: nothing, v: they are this
--       message, c: they are cleared), recipient or ''; k: fingerprint; c, if it is a client's: its registration, the relay that serves
--       it, the number of its claim; w, if it is watched: the sorted set and the hash of these, the state of the outbox, most of these,
--       how long in ms, the rest of its event
-- Returns in one list, for each message: 0, its sequence, and how many copies there are of each topic; 1, sequence and answer of the
-- first with this key; 2 if that was another message; 3 if the relay does not serve the client any more; 4 and an error if nothing of it
-- was stored; 5 and an error if that is not sure
local STORED, REPEATED, CONFLICT, NOT_SERVED, REFUSED, UNSURE = 0, 1, 2, 3, 4, 5
local FIXED = 8
local streams = tonumber(ARGV[FIXED])
local most = tonumber(ARGV[3])

local function is_served(client)
  local served = redis.call('HMGET', ARGV[client], 'owner', 'number')
  return served[1] == ARGV[client + 1] and served[2] == ARGV[client + 2]
end

local by_key = {}
local function known(message)
  local key, fingerprint = message.more.key, message.more.fingerprint
  local here = by_key[key]
  if here then
    return here.more.fingerprint == fingerprint and {REPEATED, here} or {CONFLICT}
  end
  local before = redis.call('HMGET', key, 'fingerprint', 'sequence', 'answer')
  if before[1] then
    return before[1] == fingerprint and {REPEATED, tonumber(before[2]), before[3] or ''} or {CONFLICT}
  end
  by_key[key] = message
  return false
end

-- Most messages have one topic, and the same as others.
local lists = {}
local function numbers(text)
  local list = lists[text]
  if not list then
    list = {}
    for number in string.gmatch(text, '%d+') do
      list[#list + 1] = tonumber(number)
    end
    lists[text] = list
  end
  return list
end

local PLAIN = {}
local key = FIXED + streams
local function read_more(message, kinds, at)
  local more = {}
  message.more = more
  for what in string.gmatch(kinds, '.') do
    if what == 'o' then
      more.options, more.retain, more.recipient = ARGV[at], ARGV[at + 1], ARGV[at + 2]
      at = at + 3
    elseif what == 'k' then
      key = key + 1
      more.key, more.fingerprint = KEYS[key], ARGV[at]
      at = at + 1
    elseif what == 'c' then
      message.reply = not is_served(at) and {NOT_SERVED}
      at = at + 3
    else
      more.watch = at
      at = at + 6
    end
  end
  message.reply = message.reply or more.key and known(message) or false
  return at
end

-- First all that is only looked at: who gets no place.
local messages, placed = {}, {}
local at = FIXED + 2 * streams + 1
while at <= #ARGV do
  -- All fields at once: a table that grows costs more than what is done with it.
  local message = {streams = numbers(ARGV[at]), head = ARGV[at + 1], text = ARGV[at + 2], sequence = 0, digits = '', part = false,
    more = PLAIN, reply = false}
  local kinds = ARGV[at + 3]
  at = at + 4
  if kinds ~= '' then
    at = read_more(message, kinds, at)
  end
  messages[#messages + 1] = message
  if not message.reply then
    placed[#placed + 1] = message
  end
end

local function replies()
  local all, last = {}, 0
  for _, message in ipairs(messages) do
    local reply = message.reply
    if type(reply) == 'number' then
      all[last + 1], all[last + 2], all[last + 3] = STORED, message.sequence, reply
      last = last + 3
    else
      local first = reply[1] == REPEATED and type(reply[2]) == 'table' and reply[2]
      if first and (type(first.reply) == 'number' or first.reply[1] == STORED) then
        reply = {REPEATED, first.sequence, ''}
      elseif first then
        reply = first.reply
      end
      for _, value in ipairs(reply) do
        last = last + 1
        all[last] = value
      end
    end
  end
  return all
end

if #placed == 0 then
  return replies()
end
local last = redis.call('HINCRBY', KEYS[1], ARGV[1], #placed)
local before_first = last - #placed
if before_first == 0 and redis.call('HGET', KEYS[1], 'current') ~= ARGV[1] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return redis.error_reply('EPOCH another epoch has begun')
end

-- The server's clock may be set back; the time of messages is not.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], 'time') or 0)
if before > now then
  now = before
elseif before < now then
  redis.call('HSET', KEYS[1], 'time', string.format('%d', now))
end
local time = string.format('%d', now)

-- Of each stream: how many messages it got here, the last of them, and what went wrong.
local added, newest, wrong = {}, {}, {}

-- The field '' of the retained values is what they take; each is '<sequence> <time> <options>\n<text>'.
local OVERHEAD = 200
local function forget(field)
  local size = redis.call('HSTRLEN', KEYS[6], field)
  if size > 0 then
    redis.call('HDEL', KEYS[6], field)
    redis.call('HINCRBY', KEYS[6], '', -(size + #field + OVERHEAD))
  end
  redis.call('ZREM', KEYS[7], field)
  redis.call('ZREM', KEYS[8], field)
end

local function retain(message, topic)
  local field = topic .. '\n' .. message.more.recipient
  forget(field)
  local value = message.digits .. ' ' .. time .. ' ' .. message.more.options .. '\n' .. message.text
  local size = #value + #field + OVERHEAD
  local room = tonumber(ARGV[7])
  if message.more.retain == 'c' or size > room then
    return
  end
  redis.call('HSET', KEYS[6], field, value)
  redis.call('ZADD', KEYS[7], message.digits, field)
  redis.call('ZADD', KEYS[8], 0, field)
  local all = redis.call('HINCRBY', KEYS[6], '', size)
  while all > room do
    local oldest = redis.call('ZPOPMIN', KEYS[7])[1]
    if not oldest then
      -- The server has dropped a part of this: what is left cannot be put in order.
      redis.call('UNLINK', KEYS[6], KEYS[8])
      return
    end
    forget(oldest)
    all = tonumber(redis.call('HGET', KEYS[6], ''))
  end
end

local function store(message, stream)
  if most > 0 then
    local key = KEYS[FIXED + stream]
    local options = message.more.options
    if not options then
      redis.call('XADD', key, message.digits .. '-0', 't', time, 'm', message.text)
    else
      redis.call('XADD', key, message.digits .. '-0', 't', time, 'm', message.text, 'o', options)
    end
    message.part = true
    added[stream] = (added[stream] or 0) + 1
    newest[stream] = message.sequence
  end
  local what = message.more.retain
  if what and what ~= 'n' then
    retain(message, ARGV[FIXED + 2 * stream])
  end
end

local function store_all(message)
  for _, stream in ipairs(message.streams) do
    store(message, stream)
  end
  local watch = message.more.watch
  if watch then
    redis.call('ZADD', ARGV[watch], now + ARGV[watch + 4], message.digits)
    redis.call('HSET', ARGV[watch + 1], message.digits,
      'u\n' .. string.match(ARGV[1], '%S+$') .. '-' .. message.digits .. '\n' .. ARGV[watch + 5])
    if redis.call('ZCARD', ARGV[watch]) > tonumber(ARGV[watch + 3]) then
      redis.call('HDEL', ARGV[watch + 1], redis.call('ZPOPMIN', ARGV[watch])[1])
      redis.call('HINCRBY', ARGV[watch + 2], 'accounted', -1)
    end
  end
  local name = message.more.key
  if name then
    redis.call('HSET', name, 'fingerprint', message.more.fingerprint, 'sequence', message.digits)
    redis.call('PEXPIRE', name, ARGV[6])
  end
end

-- Last messages of streams were not noted before these, or that is lost.
local function note_from()
  if redis.call('HEXISTS', KEYS[2], 'since') == 0 then
    redis.call('UNLINK', KEYS[3], KEYS[4], KEYS[5])
    redis.call('HSET', KEYS[2], 'since', string.format('%d', before_first), 'hour', math.floor(now / 3600000))
    redis.call('ZADD', KEYS[4], 0, '')
  end
end

local function keep(stream)
  local key, fresh = KEYS[FIXED + stream], added[stream]
  local digits = string.format('%d', newest[stream])
  local length = redis.call('XLEN', key)
  if length == fresh then
    -- A stream that was there before and was dropped: readers are to miss what it held.
    note_from()
    local missing = redis.call('HGET', KEYS[2], key) or redis.call('HGET', KEYS[3], key)
        or redis.call('HGET', KEYS[3], 'since') or redis.call('HGET', KEYS[2], 'since')
    redis.call('XSETID', key, digits .. '-0', 'ENTRIESADDED', fresh, 'MAXDELETEDID', missing .. '-0')
  end
  if redis.call('HSET', KEYS[2], key, digits) == 1 then
    note_from()
    redis.call('ZADD', KEYS[4], 0, ARGV[FIXED + 2 * stream])
  end
  local surplus = math.min(length - most, 8 * fresh)
  if surplus <= 0 and length > fresh and newest[stream] % 8 < fresh then
    surplus = 8
  end
  if surplus > 0 then
    -- By XDEL, since only that tells readers what the last one was that is missing.
    local old = {}
    for i, entry in ipairs(redis.call('XRANGE', key, '-', '+', 'COUNT', surplus)) do
      if length - i < most and now - tonumber(entry[2][2]) <= tonumber(ARGV[4]) then
        break
      end
      old[i] = entry[1]
    end
    if #old > 0 then
      redis.call('XDEL', key, unpack(old))
    end
  end
  redis.call('PEXPIRE', key, ARGV[5])
end

-- What redis.call raises is a table; an error in this script would be a text.
local function failed(message, why)
  message.reply = {message.part and UNSURE or REFUSED, type(why) == 'table' and why.err or tostring(why)}
end

-- Messages that follow each other on one channel go there together.
local channel, run, parts

local function bring()
  if not run then
    return
  end
  local copies = redis.pcall('PUBLISH', channel, table.concat(parts))
  for _, message in ipairs(run) do
    if type(copies) ~= 'number' then
      failed(message, copies)
    else
      message.part = true
      if #message.streams == 1 then
        message.reply = copies
      elseif not message.reply then
        message.reply = {STORED, message.sequence, copies}
      elseif message.reply[1] == STORED then
        table.insert(message.reply, copies)
      end
    end
  end
  run = nil
end

local function add(message, to)
  if not run or channel ~= to or message.sequence ~= run[#run].sequence + 1 then
    bring()
    channel, run, parts = to, {}, {message.digits .. ' ' .. time .. ' ' .. ARGV[2] .. '\n'}
  end
  run[#run + 1] = message
  parts[#parts + 1] = message.head
  parts[#parts + 1] = message.text
end

for i, message in ipairs(placed) do
  message.sequence = before_first + i
  message.digits = string.format('%d', message.sequence)
  local done, why = pcall(store_all, message)
  if not done then
    failed(message, why)
  end
end
for stream in pairs(added) do
  local done, why = pcall(keep, stream)
  if not done then
    wrong[stream] = why
  end
end
for _, message in ipairs(placed) do
  for _, stream in ipairs(message.streams) do
    if wrong[stream] and not message.reply then
      failed(message, wrong[stream])
    end
  end
  if not message.reply then
    for _, stream in ipairs(message.streams) do
      add(message, ARGV[FIXED - 1 + 2 * stream])
    end
  end
end
bring()
return replies()
