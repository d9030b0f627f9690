-- KEYS: the school's versions, then the leases of each table.
-- ARGV: the lease, then the tables.
for i = 2, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
  redis.call('HDEL', KEYS[1], ARGV[i])
end
