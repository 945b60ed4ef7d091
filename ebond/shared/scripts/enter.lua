-- Take a turn under every window at once and hold room for one call, or say how long to wait.
-- KEYS: pause, room, then one hash for each window.
-- ARGV: room, microseconds for which a call holds it, id of the call, then calls and length (microseconds) of each window.
-- Returns two numbers: 0 where the turn is taken, the microseconds to wait for a quota or pause, or -1 where there is
-- no room; and the time.
--
-- A window is a hash from slot (its length / 200) to the calls that started in it. A slot counts until its last
-- moment has left the window: always to the careful side, by half a per cent at most.
local SLOTS = 200

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- The clock of Redis may be put back: no pause and no room lasts longer by that than it was meant to.
local paused = redis.call('PTTL', KEYS[1])
if paused > 0 then
  local asked = tonumber(redis.call('GET', KEYS[1]))
  if paused > asked then
    redis.call('PEXPIRE', KEYS[1], asked)
  end
  return {math.min(paused, asked) * 1000, now}
end

local function wait_for(key, calls, length)
  local width = length / SLOTS
  local current = math.floor(now / width)
  local stored, slots, started = redis.call('HGETALL', key), {}, 0
  for i = 1, #stored, 2 do
    local slot, count = tonumber(stored[i]), tonumber(stored[i + 1])
    if slot > current then
      -- The clock of Redis was put back: what lies in the future is taken for now.
      redis.call('HDEL', key, stored[i])
      redis.call('HINCRBY', key, current, count)
      slot = current
    end
    if (slot + 1) * width + length <= now then
      redis.call('HDEL', key, stored[i])
    else
      started = started + count
      slots[#slots + 1] = {slot, count}
    end
  end
  if started < calls then
    return 0
  end
  table.sort(slots, function(one, two) return one[1] < two[1] end)
  local leave = started + 1 - calls
  for _, slot in ipairs(slots) do
    leave = leave - slot[2]
    if leave <= 0 then
      return math.ceil((slot[1] + 1) * width + length - now)
    end
  end
  return math.ceil(length)
end

local wait = 0
for i = 3, #KEYS do
  wait = math.max(wait, wait_for(KEYS[i], tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])))
end
if wait > 0 then
  return {wait, now}
end

local lease = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
for _, call in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. string.format('%.0f', now + lease), '+inf')) do
  redis.call('ZADD', KEYS[2], now + lease, call)
end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[1]) then
  return {-1, now}
end
redis.call('ZADD', KEYS[2], now + lease, ARGV[3])
redis.call('PEXPIRE', KEYS[2], math.ceil(lease / 1000))
for i = 3, #KEYS do
  local length = tonumber(ARGV[2 * i - 1])
  redis.call('HINCRBY', KEYS[i], math.floor(now / (length / SLOTS)), 1)
  redis.call('PEXPIRE', KEYS[i], math.ceil(length * (SLOTS + 1) / SLOTS / 1000))
end
return {0, now}
