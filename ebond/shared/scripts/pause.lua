-- Let nobody through for so long; a shorter pause never shortens a longer one.
-- KEYS: pause. ARGV: milliseconds.
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[1])
end
return redis.status_reply('OK')
