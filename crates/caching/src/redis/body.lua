-- KEYS: a body. Answers it and the milliseconds it has left.
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
