-- KEYS: the school's versions, then the leases of each table.
-- ARGV: the lease, its length in milliseconds, then the tables.
local length = tonumber(ARGV[2])
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + length
for i = 2, #KEYS do
  redis.call('ZADD', KEYS[i], ends, ARGV[1])
  if redis.call('PTTL', KEYS[i]) < length then
    redis.call('PEXPIREAT', KEYS[i], ends)
  end
  redis.call('HDEL', KEYS[1], ARGV[i + 1])
end
