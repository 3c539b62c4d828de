//go:build bench

package perf

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/storage"
)

// serve starts the real program over a company, without any chat.
func (g *growth) serve(b *bench) (p *program, admin string) {
	g.Helper()
	admin = "http://127.0.0.1:" + freePort(g.T)
	return startNod(b, "127.0.0.1:"+freePort(g.T), strings.TrimPrefix(admin, "http://")), admin
}

// start is how long the program takes until it is ready over the old company, and what memory it has then.
func (g *growth) start() {
	g.Helper()
	g.old.clear()
	var took []time.Duration
	var idle int64
	for range g.rounds {
		p, _ := g.serve(g.old)
		took = append(took, p.took)
		<-time.After(time.Duration(g.seconds) * time.Second)
		idle = max(idle, p.memory("VmRSS"))
		p.stop()
	}
	ready := median(took)
	g.found(finding{what: fmt.Sprintf("ready over %d closed", g.closed), figure: trim(millis(ready)), target: "< 150 ms",
		met: ready < 150*time.Millisecond})
	g.found(finding{what: "memory of nod serve, idle", figure: mib(idle), target: "< 40 MiB", met: idle < 40<<10})
}

// metrics is how long a scrape takes with much waiting.
func (g *growth) metrics() {
	g.Helper()
	many := g.closed / fewerWaiting
	queues := g.old.queues()
	g.old.have(queues[1], many)
	g.old.fill(queues[2], many)
	p, admin := g.serve(g.old)
	var took []time.Duration
	for range 10 * g.rounds {
		begin := time.Now()
		answer, err := http.Get(admin + "/metrics")
		g.old.must(err)
		text, err := io.ReadAll(answer.Body)
		g.old.must(err)
		answer.Body.Close()
		took = append(took, time.Since(begin))
		for _, queue := range []string{"edits", "notices"} {
			if want := fmt.Sprintf("nod_waiting{queue=%q} %d", queue, min(many, storage.MostWaiting)); !strings.Contains(inDigits(string(text)), want) {
				g.Fatalf("/metrics does not say %q", want)
			}
		}
	}
	p.stop()
	g.old.clear()
	scrape := median(took)
	g.found(finding{what: fmt.Sprintf("/metrics with %d cards and %d notices waiting", many, many), figure: trim(millis(scrape)),
		target: "< 20 ms", met: scrape < 20*time.Millisecond})
}

// inDigits writes numbers as people do: metrics have 50000 as 5e+04.
func inDigits(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			line = fmt.Sprintf("%s} %.0f", name, n)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// memory is the most that the program had, of the young company, while many pressed over HTTP.
func (g *growth) memory() {
	g.Helper()
	g.young.clear()
	h := &overHTTP{bench: g.young}
	h.openSlack()
	nod := h.nodServe()
	h.learnForm()
	before := h.audited()
	pressed := h.pressAlone(nod, 64, time.Duration(g.rounds*g.seconds)*time.Second)
	if grown := h.audited() - before; grown != int64(len(pressed.numbers)) {
		g.Fatalf("%d presses were acknowledged, and %d audit rows were written", len(pressed.numbers), grown)
	}
	most := nod.memory("VmHWM")
	g.found(finding{what: fmt.Sprintf("memory of nod serve, at the most, while 64 connections press (%d presses)", len(pressed.numbers)),
		figure: mib(most), target: "< 120 MiB", met: most < 120<<10})
}

func mib(kib int64) string {
	if kib == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.1f MiB", float64(kib)/1024)
}

// memory is what the system says that the program has (VmRSS) or had at the most (VmHWM), in KiB; zero: unknown.
func (p *program) memory(which string) (kib int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, which+":"); ok {
			kib, _ = strconv.ParseInt(strings.Fields(value)[0], 10, 64)
		}
	}
	return kib
}
