-- Count the calls that each window still has room for.
-- KEYS: one hash for each window. ARGV: calls and length (microseconds) of each window, as in enter.lua.
local SLOTS = 200

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local left = {}
for i = 1, #KEYS do
  local calls, length = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local stored = redis.call('HGETALL', KEYS[i])
  for j = 1, #stored, 2 do
    if (tonumber(stored[j]) + 1) * length / SLOTS + length > now then
      calls = calls - tonumber(stored[j + 1])
    end
  end
  left[i] = math.max(calls, 0)
end
return left
