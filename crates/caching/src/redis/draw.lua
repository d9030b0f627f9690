-- KEYS: a window. ARGV: how much it holds, how much is wanted, its length in milliseconds.
-- Answers how much was granted, how much is left, and the milliseconds until the window closes.
local most, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local taken = redis.call('GET', KEYS[1])
local granted = math.max(0, math.min(wanted, most - tonumber(taken or 0)))
if taken then
  redis.call('INCRBY', KEYS[1], granted)
else
  redis.call('SET', KEYS[1], granted, 'PX', ARGV[3])
end
return {granted, math.max(0, most - tonumber(taken or 0) - granted), redis.call('PTTL', KEYS[1])}
