package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// metrics are the figures of a running service. No label names a person or a request: there would be as many series as those.
type metrics struct {
	registry *prometheus.Registry
	updates  *prometheus.HistogramVec
	putOff   *prometheus.CounterVec
}

func newMetrics(store *storage.Store, clock *workflows.Clock, health *loops) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.updates = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "nod_update_seconds",
		Help:    "Time to answer what chat users did, by platform, kind of update and outcome.",
		Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.3, 5, 10},
	}, []string{"platform", "update", "outcome"})
	m.putOff = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "nod_throttled_total",
		Help: "Sends that were put off because a platform takes no more at the moment, by its limits or by its own word.",
	}, []string{"platform"})
	m.registry.MustRegister(m.updates, m.putOff, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), backlog{store: store, clock: clock}, beats{health})
	return m
}

func (m *metrics) throttled(platform string) { m.putOff.WithLabelValues(platform).Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// observed answers updates and keeps the figures of it.
type observed struct {
	*answer.Bot
	metrics *metrics
}

func (o observed) Handle(ctx context.Context, u bot.Update, reply bot.Reply) error {
	begin := time.Now()
	err := o.Bot.Handle(ctx, u, reply)
	outcome := "answered"
	if err != nil {
		outcome = "not_saved"
	}
	o.metrics.updates.WithLabelValues(u.Cause.Platform, nameOf(u.Content), outcome).Observe(time.Since(begin).Seconds())
	return err
}

func nameOf(c bot.Content) string {
	switch c.(type) {
	case bot.Command:
		return "command"
	case bot.Said:
		return "line"
	case bot.Press:
		return "press"
	case bot.Submission:
		return "submission"
	case bot.Recalculation:
		return "recalculation"
	}
	return "other"
}

// backlog asks the database at each scrape how much waits to be sent or fired, and for how long.
type backlog struct {
	store *storage.Store
	clock *workflows.Clock
}

var (
	waiting = prometheus.NewDesc("nod_waiting", "Cards to be posted, cards to be edited, notices and due items that wait although they "+
		"could go out, counted up to 10,000 of each platform.", []string{"queue"}, nil)
	oldest  = prometheus.NewDesc("nod_waiting_oldest_seconds", "How long the oldest of them has waited.", []string{"queue"}, nil)
	letters = prometheus.NewDesc("nod_dead_letters", "Updates that could not be handled: nod dead list shows them.", nil, nil)
	pending = prometheus.NewDesc("nod_requests_pending", "Requests that wait for somebody's decision, counted up to 10,000.", nil, nil)
)

func (b backlog) Describe(ch chan<- *prometheus.Desc) {
	ch <- waiting
	ch <- oldest
	ch <- pending
	ch <- letters
}

func (b backlog) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	queues, open, err := b.store.Backlog(ctx, b.clock.Now())
	if err != nil {
		ch <- prometheus.NewInvalidMetric(waiting, err)
		return
	}
	for _, q := range queues {
		ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(q.Waiting), q.Name)
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, q.Oldest.Seconds(), q.Name)
	}
	ch <- prometheus.MustNewConstMetric(pending, prometheus.GaugeValue, float64(open))
	dead, err := b.store.DeadLetterCount(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(letters, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(letters, prometheus.GaugeValue, float64(dead))
}

// beats tells of each loop when it last did its work.
type beats struct{ health *loops }

var (
	loopAge = prometheus.NewDesc("nod_loop_done_seconds", "How long ago a loop last did its work.", []string{"loop"}, nil)
	loopBad = prometheus.NewDesc("nod_loop_failures_total", "How often a loop failed.", []string{"loop"}, nil)
	loopLag = prometheus.NewDesc("nod_loop_late", "1 while a loop has not done its work for a minute.", []string{"loop"}, nil)
)

func (b beats) Describe(ch chan<- *prometheus.Desc) {
	ch <- loopAge
	ch <- loopBad
	ch <- loopLag
}

func (b beats) Collect(ch chan<- prometheus.Metric) {
	for _, l := range b.health.list() {
		age, failures, late := l.figures()
		ch <- prometheus.MustNewConstMetric(loopAge, prometheus.GaugeValue, age.Seconds(), l.name)
		ch <- prometheus.MustNewConstMetric(loopBad, prometheus.CounterValue, float64(failures), l.name)
		ch <- prometheus.MustNewConstMetric(loopLag, prometheus.GaugeValue, late, l.name)
	}
}
