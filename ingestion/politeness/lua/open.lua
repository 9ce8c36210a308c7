-- Open a host whose state is unknown (first use, or Redis was emptied). KEYS: leases, state, failing.
-- ARGV: requests known to be under way, lease ms, hold ms, end of a pause that the ledger knows (epoch ms). Each of those requests holds a slot until its lease would have ended.
-- hold: nobody gets a slot so long, in which living workers renew the leases of requests that the ledger did not know yet.
if redis.call('HEXISTS', KEYS[2], 'opened') == 1 then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 1, tonumber(ARGV[1]) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), 'unknown:' .. i)
end
local not_before = math.max(now + tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(redis.call('HGET', KEYS[2], 'not_before')) or 0)
redis.call('HSET', KEYS[2], 'opened', now, 'not_before', not_before)
return 1
