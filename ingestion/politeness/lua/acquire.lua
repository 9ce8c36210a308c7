-- Ask for a slot. KEYS: leases (sorted set token -> end of lease), state (hash), failing (set).
-- ARGV: token, at once, spacing ms, lease ms, greatest interval ms. Answer: {wait ms, now ms, why}; 0 = granted, -1 = occupied, -2 = the state is unknown.
-- why: 0 = the host asked for the pause, 1 = the circuit breaker is open.
-- Redis cuts the fraction off an answer: half a millisecond to wait would read as a grant.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local state = redis.call('HMGET', KEYS[2], 'opened', 'not_before', 'next_at', 'interval', 'open_until', 'probe')
if not state[1] then return {-2, now, 0} end
local not_before, next_at, open_until = tonumber(state[2]) or 0, tonumber(state[3]) or 0, tonumber(state[5])
if open_until and open_until > math.max(now, not_before) then return {math.ceil(open_until - now), now, 1} end
if not_before > now then return {math.ceil(not_before - now), now, 0} end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
-- A lease that ends later than any given now is of a clock that was put back since. Its holder may live: it has until it would renew.
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now + tonumber(ARGV[4]), '+inf')) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), lease)
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return {-1, now, 0} end
-- Half-open: one request finds out for all, the others wait for its end. A killed one ends with its lease.
if open_until and state[6] and redis.call('ZSCORE', KEYS[1], state[6]) then return {-1, now, 1} end
local interval = math.max(tonumber(ARGV[3]), math.ceil(tonumber(state[4]) or 0))
if next_at > now + math.max(interval, tonumber(ARGV[5])) then  -- of such a clock too
  next_at = now + interval
  redis.call('HSET', KEYS[2], 'next_at', next_at)
end
if next_at > now then return {math.ceil(next_at - now), now, 0} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[1])
redis.call('HSET', KEYS[2], 'next_at', now + interval)
if open_until then redis.call('HSET', KEYS[2], 'probe', ARGV[1]) end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 86400000) end
return {0, now, 0}
