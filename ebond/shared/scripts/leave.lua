-- Give the room of a call back, and count it in the windows from when it was sent.
-- KEYS: room, then one hash for each window.
-- ARGV: id of the call, when it took its turn, how much later it was sent (microseconds), then calls and length of each
-- window, as in enter.lua.
local SLOTS = 200

redis.call('ZREM', KEYS[1], ARGV[1])
local taken, late = tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 2, #KEYS do
  local length = tonumber(ARGV[2 * i + 1])
  local width = length / SLOTS
  local from, to = math.floor(taken / width), math.floor((taken + late) / width)
  -- A slot that is not there any more was moved, as the clock was put back, or has left the window.
  if to > from and tonumber(redis.call('HGET', KEYS[i], from) or 0) > 0 then
    if redis.call('HINCRBY', KEYS[i], from, -1) == 0 then
      redis.call('HDEL', KEYS[i], from)
    end
    redis.call('HINCRBY', KEYS[i], to, 1)
    redis.call('PEXPIRE', KEYS[i], math.ceil(length * (SLOTS + 1) / SLOTS / 1000))
  end
end
return 0
