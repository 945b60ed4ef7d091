-- Keep a token for as long as it lives.
-- KEYS: token, failure. ARGV: sealed token, fingerprint, lifetime (seconds), milliseconds to live.
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'print', ARGV[2], 'lifetime', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return redis.status_reply('OK')
