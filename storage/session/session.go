// Package session keeps in Redis what is not yet anybody's decision, forms that are half filled in, for a day, and the pace at which
// all replicas send. All of it may vanish at any moment; what is lost is a form that was not sent, whose owner is told, and some
// seconds of pacing.
//
// A form lies under nod:form:OWNER:FORM, a pace under nod:pace:KEY. To keep something else, give it a prefix of its own here.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	life    = 24 * time.Hour
	patient = 250 * time.Millisecond // a slow Redis must not hold up a form: it is only a convenience
)

// quiet sends what the client says of its connections to the log of everything else: each command's own error says the same to whoever
// asked.
type quiet struct{}

// Printf logs for debugging.
func (quiet) Printf(ctx context.Context, format string, values ...any) {
	slog.DebugContext(ctx, "Redis client", "says", fmt.Sprintf(format, values...))
}

func init() { redis.SetLogger(quiet{}) }

// Sessions is the Redis.
type Sessions struct{ client *redis.Client }

// Open makes a client of the Redis at url. It does not connect yet, since nod works without one.
func Open(url string) (*Sessions, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("this is not the address of a Redis") // err repeats the address, with its password
	}
	options.MaxRetries = -1 // a command that is tried again may be applied twice
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patient, patient, patient, patient
	options.DialerRetries = 1
	return &Sessions{redis.NewClient(options)}, nil
}

// Close drops the connections.
func (s *Sessions) Close() error { return s.client.Close() }

// Ping checks that Redis answers.
func (s *Sessions) Ping(ctx context.Context) error { return s.client.Ping(ctx).Err() }

func key(owner, form string) string { return "nod:form:" + owner + ":" + form }

// Save keeps a form for a day from now.
func (s *Sessions) Save(ctx context.Context, owner, form string, state []byte) error {
	return s.client.Set(ctx, key(owner, form), state, life).Err()
}

// Load finds a form that was kept.
func (s *Sessions) Load(ctx context.Context, owner, form string) (state []byte, found bool, err error) {
	state, err = s.client.Get(ctx, key(owner, form)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	return state, err == nil, err
}

// Drop forgets a form.
func (s *Sessions) Drop(ctx context.Context, owner, form string) error {
	return s.client.Del(ctx, key(owner, form)).Err()
}
