-- Give a slot back. ARGV: token, verdict (ok, slow, neutral), granted at ms, pause ms, least interval ms, greatest interval ms, growth per s.
-- slow halves the rate, once for all requests that were under way together; ok lets it grow by a constant.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREM', KEYS[1], ARGV[1])
local least, greatest = tonumber(ARGV[5]), tonumber(ARGV[6])
local state = redis.call('HMGET', KEYS[2], 'interval', 'cut_at', 'not_before')
local interval, cut_at, not_before = tonumber(state[1]), tonumber(state[2]) or 0, tonumber(state[3]) or 0
if ARGV[2] == 'slow' and tonumber(ARGV[3]) >= cut_at then
  local slower = math.min(greatest, 2 * math.max(interval or 0, least))
  redis.call('HSET', KEYS[2], 'interval', slower, 'cut_at', now, 'next_at', now + slower)
elseif ARGV[2] == 'ok' and interval then
  local faster = 1000 / (1000 / interval + tonumber(ARGV[7]))
  if faster <= least then redis.call('HDEL', KEYS[2], 'interval') else redis.call('HSET', KEYS[2], 'interval', faster) end
end
local pause = tonumber(ARGV[4])
if pause > 0 and now + pause > not_before then redis.call('HSET', KEYS[2], 'not_before', now + pause) end
return 1
