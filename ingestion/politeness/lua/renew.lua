-- Prolong leases, and put back those that an emptied Redis forgot. KEYS: leases, state, failing. ARGV: lease ms, token, token, ...
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i])
end
return #ARGV - 1
