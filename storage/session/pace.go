package session

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// A key holds the time, in microseconds since 1970 by Redis's own clock, at which its next place would be if none were used early. It
// vanishes when that has passed, since then it says nothing; what is lost with a Redis is one burst. Numbers are written by format:
// tostring would round them.
const pacePrefix = "nod:pace:"

// KEYS; ARGV: patience, then each key's every and ahead, all in microseconds.
var paceTake = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local wait, longest, places = 0, 0, {}
for i, key in ipairs(KEYS) do
	places[i] = math.max(tonumber(redis.call('GET', key) or 0), now)
	local w = places[i] - now - ARGV[2 * i + 1]
	if w > wait then wait, longest = w, i - 1 end
end
if wait <= tonumber(ARGV[1]) then
	for i, key in ipairs(KEYS) do
		local at = places[i] + ARGV[2 * i]
		redis.call('SET', key, string.format('%.0f', at), 'PX', string.format('%.0f', math.ceil((at - now) / 1000) + 1))
	end
end
return {string.format('%.0f', wait), longest}`)

// KEYS[1]; ARGV[1]: microseconds from now.
var paceHold = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now + ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', string.format('%.0f', math.ceil((at - now) / 1000) + 1))
return 0`)

// Take takes a place under every key, or under none when one of them is further off than patience; it gives the longest wait, and which
// key has it. A key's places are every apart, and may be used ahead of their time by so much. Whoever takes from anywhere takes from
// the same.
func (s *Sessions) Take(ctx context.Context, patience time.Duration, keys []string,
	every, ahead []time.Duration) (wait time.Duration, longest int, err error) {
	named, values := make([]string, len(keys)), []any{patience.Microseconds()}
	for i, key := range keys {
		named[i] = pacePrefix + key
		values = append(values, every[i].Microseconds(), ahead[i].Microseconds())
	}
	answer, err := paceTake.Run(ctx, s.client, named, values...).Int64Slice()
	if err != nil {
		return 0, 0, err
	}
	return time.Duration(answer[0]) * time.Microsecond, int(answer[1]), nil
}

// Hold moves a key's next place to at least so long from now.
func (s *Sessions) Hold(ctx context.Context, key string, wait time.Duration) error {
	return paceHold.Run(ctx, s.client, []string{pacePrefix + key}, wait.Microseconds()).Err()
}
