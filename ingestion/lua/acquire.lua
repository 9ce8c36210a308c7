-- Ask for a slot. KEYS: leases (sorted set token -> end of lease), state (hash).
-- ARGV: token, at once, spacing ms, lease ms. Answer: {wait ms, now ms}; 0 = granted, -1 = occupied, -2 = the state is unknown.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if redis.call('EXISTS', KEYS[2]) == 0 then return {-2, now} end
local state = redis.call('HMGET', KEYS[2], 'not_before', 'next_at', 'interval')
local not_before, next_at = tonumber(state[1]) or 0, tonumber(state[2]) or 0
if not_before > now then return {not_before - now, now} end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return {-1, now} end
if next_at > now then return {next_at - now, now} end
local interval = math.max(tonumber(ARGV[3]), math.ceil(tonumber(state[3]) or 0))
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[1])
redis.call('HSET', KEYS[2], 'next_at', now + interval)
redis.call('PEXPIRE', KEYS[1], 86400000)
redis.call('PEXPIRE', KEYS[2], 86400000)
return {0, now}
