package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// alarm is where the rooms report what an administrator has to look at. It writes beside, so that nobody who reports waits for the
// database, and at most once a minute for a key: a storm of forged requests is no storm of writes.
type alarm struct {
	store *storage.Store
	clock *workflows.Clock
	tell  func() // sends what was left to be sent

	mu      sync.Mutex
	met     map[string][]time.Time // the last times, by key; the machine's
	written map[string]time.Time

	writing sync.WaitGroup
}

const (
	alarmEvery = time.Minute
	alarmSpan  = 10 * time.Minute
	alarmKeys  = 1000
)

// often is how many times within alarmSpan something has to happen before it counts: a scanner tries any address once, and a restart
// meets its predecessor.
var often = map[string]int{"alert.slack.signature": 3, "alert.telegram.secret": 3, "alert.telegram.conflict": 3}

// Alert reports something. about tells apart what one text may be about.
func (a *alarm) Alert(ctx context.Context, text, about string, args map[string]any) {
	key := strings.TrimSuffix(strings.TrimPrefix(text, "alert.")+":"+about, ":")
	if !a.counts(key, text, time.Now()) {
		return
	}
	a.writing.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := a.store.Alert(ctx, key, text, args, a.clock.Now()); err != nil {
			slog.ErrorContext(ctx, "the administrators could not be told of something", "what", text, "error", err)
			a.forget(key)
			return
		}
		a.tell()
	})
}

// counts tells whether it has happened often enough, and was not written just now.
func (a *alarm) counts(key, text string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.met == nil || len(a.met) > alarmKeys {
		a.met, a.written = map[string][]time.Time{}, map[string]time.Time{}
	}
	enough := max(often[text], 1)
	times := append(a.met[key], now)
	times = times[max(0, len(times)-enough):]
	a.met[key] = times
	if len(times) < enough || now.Sub(times[0]) > alarmSpan || now.Sub(a.written[key]) < alarmEvery {
		return false
	}
	a.written[key] = now
	return true
}

func (a *alarm) forget(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.written, key)
}

// Close waits for what is being written, but no longer than ctx.
func (a *alarm) Close(ctx context.Context) error {
	done := make(chan struct{})
	go func() { a.writing.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch looks for what goes wrong without anything happening.
func (a *alarm) watch(ctx context.Context) error {
	waited, err := a.store.WaitedFor(ctx, a.clock.Now())
	if err != nil {
		return fmt.Errorf("look for people whom no chat reaches: %w", err)
	}
	const named, apart = 10, 3
	if len(waited) <= apart { // each their own: who is met later is told of later
		for _, who := range waited {
			a.Alert(ctx, "alert.unreached", who, workflows.Args{"Names": []string{who}, "More": 0})
		}
	} else {
		first := waited[:min(named, len(waited))]
		a.Alert(ctx, "alert.unreached", "", workflows.Args{"Names": first, "More": len(waited) - len(first)})
	}
	missing, err := missingCalendars(ctx, a.store, workflows.DateOf(a.clock.Now()))
	if err != nil {
		return fmt.Errorf("look for missing calendars: %w", err)
	}
	for country, year := range missing {
		_, week := a.clock.Now().ISOWeek() // told once a week
		a.Alert(ctx, "alert.calendar", fmt.Sprintf("%s:%d:%d", country, year, week),
			workflows.Args{"Country": country, "Year": fmt.Sprint(year)})
	}
	return nil
}

// calendarsFrom is the month from which on next year's holidays should be there: China publishes them in November.
const calendarsFrom = time.November

// missingCalendars lists the countries in which people work and whose next year's holidays are not known although it is time.
func missingCalendars(ctx context.Context, store *storage.Store, today workflows.Date) (map[string]int, error) {
	if today.Month < calendarsFrom {
		return nil, nil
	}
	countries, err := store.Countries(ctx)
	if err != nil {
		return nil, err
	}
	missing := map[string]int{}
	for _, country := range countries {
		imported, err := store.CalendarDays(ctx, country, workflows.Date{Year: today.Year, Month: time.January, Day: 1},
			workflows.Date{Year: today.Year + 1, Month: time.December, Day: 31})
		if err != nil {
			return nil, err
		}
		if !workflows.NewCalendar(country, imported...).Published(today.Year + 1) {
			missing[country] = today.Year + 1
		}
	}
	return missing, nil
}
