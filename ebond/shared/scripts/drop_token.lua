-- Drop a token that was refused, if it is still the current one.
-- KEYS: token. ARGV: its fingerprint.
if redis.call('HGET', KEYS[1], 'print') == ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 1
end
return 0
