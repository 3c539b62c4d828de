//go:build bench

package perf

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// pair gathers the rounds of both sides at a number of connections.
type pair struct {
	connections int
	nod, bolt   []served
}

func (s served) String() string {
	return fmt.Sprintf("%6.0f/s  p50 %s  p99 %s  CPU of Postgres %s, of the server %s, of Slack %s  WAL %6d B  answers %s later",
		s.perSecond, millis(s.p50), millis(s.p99), micros(s.server), micros(s.self), micros(s.presser), s.wal, millis(s.late))
}

// printPairs prints the medians over the rounds as a table that can be quoted.
func printPairs(pairs []*pair) {
	fmt.Printf("\nMedians over %d rounds; the ratios are medians of each round's own; of two figures nod's comes first. Load %s\n\n",
		len(pairs[0].nod), load())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintln(w, "\t connections\t nod ÷ Bolt\t p99 ÷ Bolt's\t CPU ÷ Bolt's\t presses/s\t p50\t p99"+
		"\t CPU of Postgres\t CPU of the server\t")
	fmt.Fprintln(w, "\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t ---\t")
	for _, p := range pairs {
		faster := p.ratio(func(s served) float64 { return s.perSecond })
		slowest := p.ratio(func(s served) float64 { return s.p99.Seconds() })
		dearer := p.ratio(func(s served) float64 { return (s.server + s.self).Seconds() })
		fmt.Fprintf(w, "\t %d\t %.3f\t %.2f\t %.2f\t %.0f, %.0f\t %s\t %s\t %s\t %s\t\n", p.connections, faster, slowest, dearer,
			rate(p.nod), rate(p.bolt),
			p.both(millis, func(s served) time.Duration { return s.p50 }),
			p.both(millis, func(s served) time.Duration { return s.p99 }),
			p.both(micros, func(s served) time.Duration { return s.server }),
			p.both(micros, func(s served) time.Duration { return s.self }))
	}
	w.Flush()
}

// ratio is the median over the rounds of something of nod's, divided by Bolt's in the same round.
func (p *pair) ratio(what func(served) float64) float64 {
	var list []float64
	for i := range p.nod {
		list = append(list, what(p.nod[i])/what(p.bolt[i]))
	}
	return median(list)
}

// both is the median over nod's rounds, then over Bolt's.
func (p *pair) both(write func(time.Duration) string, what func(served) time.Duration) string {
	return trim(write(middle(p.nod, what))) + ", " + trim(write(middle(p.bolt, what)))
}

func rate(runs []served) float64 {
	return middle(runs, func(s served) float64 { return s.perSecond })
}

// middle is the median of something over rounds.
func middle[N time.Duration | float64](runs []served, what func(served) N) N {
	var list []N
	for _, s := range runs {
		list = append(list, what(s))
	}
	return median(list)
}
