-- KEYS: the school's versions, then the leases of each table.
-- ARGV: run of the server, "drop" or "", a token nobody has used, then the tables.
-- Answers the tables' tokens; an empty one while the table is being written.
if ARGV[2] == 'drop' or redis.call('HGET', KEYS[1], '#run') ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], '#run', ARGV[1])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tokens = {}
for i = 2, #KEYS do
  local table = ARGV[i + 2]
  local token = redis.call('HGET', KEYS[1], table)
  if not token then
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
    if redis.call('ZCARD', KEYS[i]) == 0 then
      token = ARGV[3]
      redis.call('HSET', KEYS[1], table, token)
    end
  end
  tokens[i - 1] = token or ''
end
redis.call('EXPIRE', KEYS[1], 604800)
return tokens
