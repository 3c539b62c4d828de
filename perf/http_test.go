//go:build bench

package perf

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// fastest is more presses than either side takes in a second, for loading enough requests.
const fastest = 2000

// warmUp is how long a server is pressed before the first round: JavaScript is compiled only as it runs.
const warmUp = 8 * time.Second

// overHTTP is the company in a Slack workspace that is a fake, whose people press Approve in the real program and in what they would have
// without it.
type overHTTP struct {
	*bench
	slack       *slacktest.Server
	connections []int
	form        pressForm
	messages    map[string]string // by user of Slack: the timestamp of the message that stands for all their cards
	numbers     map[workflows.SubjectID]string
	heard       int // how many answers were looked at
}

// side is one of the two that are measured.
type side struct {
	*program
	name string
	host string
	next func() (button, error) // a request that waits, which nobody has pressed yet
	rows func() int64           // that must have grown by one for each press
}

// TestBenchHTTP presses Approve over HTTP in nod serve and in turn in a Bolt app, and fails when a press that was acknowledged is missing
// from the audit, or when whoever pressed heard nothing. How fast is fast enough it leaves to who reads it.
func TestBenchHTTP(t *testing.T) {
	connections := numbers(t, "NOD_BENCH_CONNECTIONS", 1, 16, 64)
	seconds := int(warmUp.Seconds()) + number(t, "NOD_BENCH_SECONDS", 3)*len(connections)*number(t, "NOD_BENCH_ROUNDS", 5)
	h := &overHTTP{connections: connections, bench: open(t, fastest*seconds)}
	h.openSlack()
	nod := h.nodServe()
	h.learnForm()
	bolt := h.bolt()
	for _, s := range []*side{nod, bolt} {
		h.pressAlone(s, slices.Max(connections), warmUp)
	}
	var pairs []*pair
	for _, n := range h.connections {
		pairs = append(pairs, &pair{connections: n})
	}
	for round := range h.rounds {
		fmt.Printf("\nround %d of %d, load %s\n", round+1, h.rounds, load())
		for _, p := range pairs {
			p.nod = append(p.nod, h.run(nod, p.connections))
			p.bolt = append(p.bolt, h.run(bolt, p.connections))
		}
	}
	printPairs(pairs)
}

// openSlack moves the company into a workspace. Everybody's direct channel holds one message there, which stands for all their cards: the
// fake keeps each message whole, and would need gigabytes for as many as people have.
func (h *overHTTP) openSlack() {
	h.Helper()
	h.slack = slacktest.New(slacktest.Config{Scopes: slack.Scopes()})
	h.Cleanup(h.slack.Close)
	e := h.engine(storagetest.Connect(h.T, h.db))
	h.must(h.submit(h.Context(), e)) // the one whose cards will be posted
	h.learn()
	h.numbers = map[workflows.SubjectID]string{}
	var id workflows.SubjectID
	var number string
	rows, err := h.owner.Query(h.Context(), "SELECT id::text, number FROM subjects")
	h.must(err)
	_, err = pgx.ForEachRow(rows, []any{&id, &number}, func() error { h.numbers[id] = number; return nil })
	h.must(err)

	h.messages = map[string]string{}
	var employees, users, references []string
	for _, no := range h.approvers {
		employees = append(employees, no)
	}
	for _, p := range h.people {
		employees = append(employees, p.No)
	}
	for _, no := range employees {
		user := slacktest.UserID(no)
		h.slack.Add(slacktest.User{ID: user, Name: no})
		h.messages[user] = h.postMessage(h.slack.OpenDirect(user))
		users = append(users, user)
		references = append(references, slacktest.DirectChannel(user)+":"+h.messages[user])
	}
	h.exec(`
UPDATE bindings b
   SET platform = 'slack', team = $1, user_id = n.slack, channel = split_part(n.reference, ':', 1)
  FROM unnest($2::text[], $3::text[], $4::text[]) AS n (no, slack, reference)
 WHERE b.user_id = n.no`, slacktest.TeamID, employees, users, references)
	h.exec(`
UPDATE cards c
   SET platform = 'slack', reference = CASE WHEN c.reference IS NOT NULL THEN n.reference END
  FROM unnest($1::text[], $2::text[]) AS n (slack, reference)
  JOIN bindings b ON b.user_id = n.slack
 WHERE b.id = c.binding_id`, users, references)
	h.exec("VACUUM (FULL, ANALYZE) bindings")
	h.exec("VACUUM (FULL, ANALYZE) cards")
}

// postMessage posts as the bot, and gives the message's timestamp.
func (h *overHTTP) postMessage(channel string) string {
	h.Helper()
	message := url.Values{"token": {slacktest.BotToken}, "channel": {channel}, "text": {"a card"}}
	answer, err := http.PostForm(h.slack.URL+"chat.postMessage", message)
	h.must(err)
	defer answer.Body.Close()
	var posted struct {
		TS    string `json:"ts"`
		Error string `json:"error"`
	}
	h.must(json.NewDecoder(answer.Body).Decode(&posted))
	if posted.TS == "" {
		h.Fatalf("nothing could be posted into %s: %s", channel, posted.Error)
	}
	return posted.TS
}

// slackEnv is how a program finds the workspace.
func (h *overHTTP) slackEnv() []string {
	return []string{"SLACK_BOT_TOKEN=" + slacktest.BotToken, "SLACK_SIGNING_SECRET=" + slacktest.SigningSecret,
		"SLACK_API_URL=" + h.slack.URL}
}

// nodServe is the real program, with the rights, the database and the Redis that it has in production.
func (h *overHTTP) nodServe() *side {
	h.Helper()
	s := &side{name: "nod", host: "127.0.0.1:" + freePort(h.T), rows: h.audited}
	s.program = startNod(h.bench, s.host, "127.0.0.1:"+freePort(h.T), h.slackEnv()...)
	s.next = func() (button, error) {
		n := int(h.decided.Add(1)) - 1
		if n >= len(h.waiting) {
			return button{}, h.usedUp()
		}
		w := h.waiting[n]
		user := slacktest.UserID(w.approver)
		return button{user: user, message: h.messages[user], subject: string(w.id), number: h.numbers[w.id], digest: w.digest}, nil
	}
	return s
}

// bolt is what a company would write instead, over as many requests and with as many connections to Postgres.
func (h *overHTTP) bolt() *side {
	h.Helper()
	var pool int32
	storagetest.Connect(h.T, h.db, func(c *pgxpool.Config) { pool = c.MaxConns }).Close()
	port := freePort(h.T)
	order := rand.New(rand.NewPCG(3, 4)).Perm(h.rows)
	var asked atomic.Int64
	events, err := pgx.Connect(h.Context(), h.yardstick.Owner)
	h.must(err)
	h.Cleanup(func() { events.Close(context.Background()) })
	return &side{name: "Bolt", host: "127.0.0.1:" + port,
		program: startProgram(h.T, "http://127.0.0.1:"+port+"/ready", append(h.slackEnv(), "DATABASE_URL="+h.yardstick.Owner, "PORT="+port,
			fmt.Sprint("POOL=", pool), "NODE_ENV=production"), "node", "bolt/server.js"),
		next: func() (button, error) {
			n := int(asked.Add(1)) - 1
			if n >= len(order) {
				return button{}, h.usedUp()
			}
			user, id := slacktest.UserID(h.waiting[n].approver), strconv.Itoa(1+order[n])
			return button{user: user, message: h.messages[user], subject: id, number: id, digest: h.waiting[n].digest}, nil
		},
		rows: func() (n int64) {
			h.Helper()
			h.must(events.QueryRow(h.Context(), "SELECT count(*) FROM yardstick.request_events").Scan(&n))
			return n
		},
	}
}

// learnForm has nod post the cards of the newest request, and cuts the press on the approver's.
func (h *overHTTP) learnForm() {
	h.Helper()
	w := h.waiting[len(h.waiting)-1]
	user := slacktest.UserID(w.approver)
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	defer cancel()
	for calls := len(h.messages); len(h.slack.Messages(user)) < 2; calls++ {
		h.must(h.slack.AwaitCalls(ctx, "chat.postMessage", calls))
	}
	card := h.slack.Messages(user)[1]
	at := h.slack.At()
	payload, err := h.slack.Pressed(user, card.Channel+":"+card.TS, "approve", 0, at)
	h.must(err)
	h.form = cutForm(h.T, payload, map[string]string{user: userField, card.Channel: channelField, card.TS: messageField,
		string(w.id): subjectField, h.numbers[w.id]: numberField, w.digest: digestField, at: momentField,
		payload["response_url"].(string): addressField})
}

func (h *overHTTP) usedUp() error {
	return fmt.Errorf("all %d requests are decided: this machine is fast, give it more with NOD_BENCH_ROWS", h.rows)
}

// served is what one run of one side came to.
type served struct {
	run
	presser time.Duration // CPU for each press of who presses and of Slack, which are this program
	late    time.Duration // from the last acknowledgement to the last answer that a person reads
}

// run presses on one side for a while and counts what came of it.
func (h *overHTTP) run(s *side, connections int) served {
	h.Helper()
	before := s.rows()
	h.exec("CHECKPOINT")
	wal, server, self, mine := h.wal(), h.server.cpu(), s.cpu(), ownCPU()
	p := h.pressAlone(s, connections, time.Duration(h.seconds)*time.Second)
	server, self, mine, wal = h.server.cpu()-server, s.cpu()-self, ownCPU()-mine, h.wal()-wal
	if grown := s.rows() - before; grown != int64(len(p.took)) {
		h.Fatalf("%s acknowledged %d presses and wrote %d rows", s.name, len(p.took), grown)
	}
	slices.Sort(p.took)
	n := len(p.took)
	each := func(all time.Duration) time.Duration { return all / time.Duration(n) }
	r := served{late: p.late, presser: each(mine), run: run{perSecond: float64(n) / p.lasted.Seconds(),
		p50: p.took[n/2], p99: p.took[n*99/100], server: each(server), self: each(self), wal: wal / int64(n)}}
	fmt.Printf("  %2d connections  %-4s %s\n", connections, s.name, r)
	return r
}

// pressAlone presses while the other side is halted, so that what nod does beside, as drawing cards again, costs Bolt nothing; and waits
// for the answers.
func (h *overHTTP) pressAlone(s *side, connections int, length time.Duration) presses {
	h.Helper()
	s.resume()
	defer s.halt()
	p := h.press(s, connections, length)
	begin := time.Now()
	h.awaitAnswers(s, p.numbers)
	p.late = time.Since(begin)
	return p
}

// presses are those of one run, all of which were acknowledged.
type presses struct {
	numbers []string        // of the requests
	took    []time.Duration // until the acknowledgement
	lasted  time.Duration   // until the last of these
	late    time.Duration   // from then until the last answer that a person reads
}

// press presses on so many connections at once.
func (h *overHTTP) press(s *side, connections int, length time.Duration) (all presses) {
	h.Helper()
	begin := time.Now()
	var mu sync.Mutex
	var failed error
	var pressing sync.WaitGroup
	for range connections {
		pressing.Go(func() {
			numbers, took, err := h.pressOn(s, func() bool { return time.Since(begin) < length })
			mu.Lock()
			defer mu.Unlock()
			all.numbers, all.took = append(all.numbers, numbers...), append(all.took, took...)
			if err != nil {
				failed = err
			}
		})
	}
	pressing.Wait()
	if failed != nil {
		h.Fatalf("%s: %v", s.name, failed)
	}
	all.lasted = time.Since(begin)
	return all
}

// pressOn presses on one connection for as long as more says so.
func (h *overHTTP) pressOn(s *side, more func() bool) (numbers []string, took []time.Duration, err error) {
	conn, err := dial(s.host)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	for more() {
		b, err := s.next()
		if err != nil {
			return nil, nil, err
		}
		channel := slacktest.DirectChannel(b.user)
		body := h.form.body(map[string]string{userField: b.user, channelField: channel, messageField: b.message, subjectField: b.subject,
			numberField: b.number, digestField: b.digest, momentField: h.slack.At(),
			addressField: h.slack.ResponseURL(b.user, channel, b.message)})
		t, err := conn.post(body)
		if err != nil {
			return nil, nil, fmt.Errorf("approve %s: %w", b.number, err)
		}
		numbers, took = append(numbers, b.number), append(took, t)
	}
	return numbers, took, nil
}

// answerTime is how long whoever pressed may have to wait for the answer that they read.
const answerTime = 30 * time.Second

var approved = regexp.MustCompile(`You approved (\S+)\.`)

// awaitAnswers waits until each press was answered to whoever pressed, once and as approved.
func (h *overHTTP) awaitAnswers(s *side, numbers []string) {
	h.Helper()
	waits := map[string]bool{}
	for _, number := range numbers {
		waits[number] = true
	}
	look, late := time.NewTicker(5*time.Millisecond), time.After(answerTime)
	defer look.Stop()
	for {
		answers := h.slack.Calls("response_url")
		for _, a := range answers[h.heard:] {
			said := approved.FindStringSubmatch(fmt.Sprint(a.Args["body"]))
			if a.Error != "" || said == nil || !waits[said[1]] {
				h.Fatalf("%s answered a press in a way that nobody waits for: %v %s", s.name, a.Args["body"], a.Error)
			}
			delete(waits, said[1])
		}
		h.heard = len(answers)
		if len(waits) == 0 {
			return
		}
		select {
		case <-look.C:
		case <-late:
			h.Fatalf("%d presses that %s acknowledged were never answered", len(waits), s.name)
		}
	}
}
