//go:build bench

package perf

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// result gathers the rounds of one press at a number of clients.
type result struct {
	press   string
	clients int
	nod     []run
	toFour  []float64 // presses of nod for each of the yardstick's in four statements, round by round
	toOne   []float64 // likewise in one statement
}

func (r *result) add(nod, four, one run) {
	r.nod = append(r.nod, nod)
	r.toFour = append(r.toFour, nod.perSecond/four.perSecond)
	r.toOne = append(r.toOne, nod.perSecond/one.perSecond)
}

func (r run) String() string {
	return fmt.Sprintf("%6.0f/s  p50 %s  p99 %s  CPU of Postgres %s, of nod %s  WAL %6d B", r.perSecond, millis(r.p50), millis(r.p99), micros(r.server), micros(r.self), r.wal)
}

func millis(d time.Duration) string { return fmt.Sprintf("%6.2f ms", d.Seconds()*1e3) }

func micros(d time.Duration) string {
	if d == 0 {
		return "      -"
	}
	return fmt.Sprintf("%4d µs", d.Microseconds())
}

// printResults prints the medians over the rounds as a table that can be quoted.
func printResults(results []*result) {
	fmt.Printf("\nMedians over %d rounds; the ratios are medians of each round's own. Load %s\n\n", len(results[0].nod), load())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintln(w, "\t press\t clients\t nod ÷ in four\t nod ÷ in one\t p50\t p99\t CPU of Postgres\t CPU of nod\t WAL\t")
	fmt.Fprintln(w, "\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t")
	for _, r := range results {
		fmt.Fprintf(w, "\t %s\t %d\t %.3f\t %.3f\t %s\t %s\t %s\t %s\t %d B\t\n", r.press, r.clients, median(r.toFour), median(r.toOne),
			trim(millis(r.of(func(x run) time.Duration { return x.p50 }))), trim(millis(r.of(func(x run) time.Duration { return x.p99 }))),
			trim(micros(r.of(func(x run) time.Duration { return x.server }))), trim(micros(r.of(func(x run) time.Duration { return x.self }))),
			r.of(func(x run) time.Duration { return time.Duration(x.wal) }))
	}
	w.Flush()
}

// of is the median of something over nod's rounds.
func (r *result) of(what func(run) time.Duration) time.Duration {
	var list []time.Duration
	for _, x := range r.nod {
		list = append(list, what(x))
	}
	return median(list)
}

func trim(s string) string { return strings.TrimSpace(s) }

// median is the middle of a list; of an even number, the lower of the two.
func median[N cmp.Ordered](list []N) N {
	list = slices.Sorted(slices.Values(list))
	return list[(len(list)-1)/2]
}
