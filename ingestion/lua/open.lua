-- Open a host whose state is unknown (first use, or Redis was emptied). ARGV: requests known to be under way, lease ms.
-- Each of those holds a slot until its owner has renewed its own lease.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 1, tonumber(ARGV[1]) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), 'unknown:' .. i)
end
redis.call('HSET', KEYS[2], 'next_at', now)
return 1
