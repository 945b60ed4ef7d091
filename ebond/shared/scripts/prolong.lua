-- Keep the room of calls that are still under way; also where Redis has lost it meanwhile.
-- KEYS: room. ARGV: microseconds for which a call holds it, then the calls.
local time = redis.call('TIME')
local ends = tonumber(time[1]) * 1000000 + tonumber(time[2]) + tonumber(ARGV[1])
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], ends, ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1]) / 1000))
return redis.status_reply('OK')
