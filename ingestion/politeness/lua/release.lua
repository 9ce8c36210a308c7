-- Give a slot back. KEYS: leases, state, failing (set of subjects that failed since the last answer).
-- ARGV: token, verdict (ok, slow, neutral), granted at ms, pause ms, least interval ms, greatest interval ms, growth per s,
--       health (up, down, unknown), subject, failures that open the breaker, open ms, longest open ms.
-- Answer: {now ms, breaker (0 closed, 1 open or half-open), ms until it lets one request through, event (0 none, 1 opened, 2 closed)}.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREM', KEYS[1], ARGV[1])
local names = {'interval', 'cut_at', 'not_before', 'open_until', 'open_for', 'probe'}
local state = {}
for i, value in ipairs(redis.call('HMGET', KEYS[2], unpack(names))) do state[names[i]] = value end

-- The rate: slow halves it, once for all requests that were under way together; ok lets it grow by a constant.
local least, greatest = tonumber(ARGV[5]), tonumber(ARGV[6])
local interval = tonumber(state.interval)
if ARGV[2] == 'slow' and tonumber(ARGV[3]) >= (tonumber(state.cut_at) or 0) then
  local slower = math.min(greatest, 2 * math.max(interval or 0, least))
  redis.call('HSET', KEYS[2], 'interval', slower, 'cut_at', now, 'next_at', now + math.ceil(slower))
elseif ARGV[2] == 'ok' and interval then
  local faster = 1000 / (1000 / interval + tonumber(ARGV[7]))
  if faster <= least then redis.call('HDEL', KEYS[2], 'interval') else redis.call('HSET', KEYS[2], 'interval', faster) end
end
local pause = tonumber(ARGV[4])
if pause > 0 and now + pause > (tonumber(state.not_before) or 0) then redis.call('HSET', KEYS[2], 'not_before', now + pause) end

-- The breaker: different subjects failing in a row open it, so that a single broken board never does; one answer closes it.
local open_until, event = tonumber(state.open_until), 0
local function open_for(duration)
  open_until, event = now + duration, 1
  redis.call('HSET', KEYS[2], 'open_until', open_until, 'open_for', duration)
end
if state.probe == ARGV[1] then redis.call('HDEL', KEYS[2], 'probe') end
if ARGV[8] == 'up' then
  redis.call('DEL', KEYS[3])
  if open_until then
    redis.call('HDEL', KEYS[2], 'open_until', 'open_for', 'probe')
    open_until, event = nil, 2
  end
elseif ARGV[8] == 'down' then
  redis.call('SADD', KEYS[3], ARGV[9])
  redis.call('PEXPIRE', KEYS[3], 86400000)
  if open_until and state.probe == ARGV[1] then
    open_for(math.min(tonumber(ARGV[12]), 2 * tonumber(state.open_for)))
  elseif not open_until and redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[10]) then
    open_for(tonumber(ARGV[11]))
  end
end
redis.call('PEXPIRE', KEYS[2], 86400000)
return {now, open_until and 1 or 0, math.max(0, (open_until or 0) - now), event}
