package main

import (
	"flag"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/catalog"
	"github.com/nod-chat/nod/workflows/task"
)

var update = flag.Bool("update", false, "write what transcripts keep as it is drawn anew")

// everyChat opens the program with one chat each, in which the people of a transcript are known.
var everyChat = map[string]func(t *testing.T, people []string, env ...string) *binary{"web": onWeb, "slack": onSlack, "telegram": onTelegram}

// A kind's own transcripts, and those of what else has a story, are played in every chat and in every language; TestTranscripts says what
// their lines mean.
func TestKindsOnEveryChat(t *testing.T) {
	t.Parallel()
	rooms := []string{string(task.Kind)}
	for _, kind := range catalog.Kinds() {
		rooms = append(rooms, string(kind.Definition.Kind))
	}
	for _, room := range rooms {
		files, err := filepath.Glob("../../workflows/" + room + "/testdata/chat/*.txtar")
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no transcripts in testdata/chat: %v", room, err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(room+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				drawn := map[string]string{}
				t.Run("in", func(t *testing.T) { // ends when all chats have ended
					for chat, open := range everyChat {
						for _, language := range workflows.Languages {
							name, have := chat+"."+language, make(chan string, 1)
							t.Run(name, func(t *testing.T) {
								t.Parallel()
								p := &play{kept: map[string]button{}, week: monday()}
								p.binary = open(t, players(archive), p.startsAt(t, part(archive, "clock"))...)
								p.speak(language)
								p.play(file, archive)
								have <- p.drawn.String()
							})
							t.Cleanup(func() {
								select {
								case drawn[name] = <-have:
								default: // it failed
								}
							})
						}
					}
				})
				kept(t, file, archive, drawn)
			})
		}
	}
}

// kept compares what was drawn with the parts of a transcript.
func kept(t *testing.T, file string, archive *txtar.Archive, drawn map[string]string) {
	if *update {
		parts := archive.Files
		archive.Files = nil
		for _, f := range parts {
			if _, ok := drawn[f.Name]; !ok {
				archive.Files = append(archive.Files, f)
			}
		}
		for _, chat := range []string{"slack", "telegram", "web"} {
			for _, language := range workflows.Languages {
				name := chat + "." + language
				if drawn[name] != "" {
					archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(drawn[name])})
				}
			}
		}
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, have := range drawn {
		if diff := cmp.Diff(part(archive, name), have); diff != "" {
			t.Errorf("%s, %s (-want +have; -update writes it anew):\n%s", file, name, diff)
		}
	}
}

// players lists the employee numbers that act in a transcript.
func players(archive *txtar.Archive) []string {
	var all []string
	for line := range strings.Lines(string(archive.Comment)) {
		if no, ok := strings.CutPrefix(strings.TrimSpace(line), "as "); ok {
			all = append(all, no)
		}
	}
	return all
}

// speak has the whole company read one language.
func (p *play) speak(language string) {
	p.Helper()
	conn, err := pgx.Connect(p.Context(), p.db.Owner)
	p.must(err)
	defer conn.Close(p.Context())
	_, err = conn.Exec(p.Context(), `UPDATE people SET language = $1`, language)
	p.must(err)
}

// startsAt has the business clock of a program begin at a time in Shanghai, as "$MON 10:00"; at the machine's where none is given.
func (p *play) startsAt(t *testing.T, clock string) []string {
	t.Helper()
	if clock = p.dates(strings.TrimSpace(clock)); clock == "" {
		return nil
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, workflows.Zone("Asia/Shanghai"))
	if err != nil {
		t.Fatal(err)
	}
	p.ahead = time.Until(at).Truncate(time.Second)
	return []string{"NOD_CLOCK_OFFSET=" + p.ahead.String()}
}

func onWeb(t *testing.T, _ []string, env ...string) *binary { return openBinary(t, env...) }

func onSlack(t *testing.T, people []string, env ...string) *binary {
	s := workspace(t)
	b := openCommand(t, "serve", slices.Concat(slackEnv(s), []string{"SLACK_SIGNING_SECRET=" + slacktest.SigningSecret}, env)...)
	s.UseHTTP("http://" + b.addr)
	b.Driver = slacktest.NewDriver(s, nil)
	for _, no := range people {
		s.Add(slacktest.User{ID: slacktest.UserID(no), Name: no})
		b.bind(no, workflows.ChatUser{Platform: slack.Platform, Team: slacktest.TeamID, User: slacktest.UserID(no)})
	}
	return b
}

func onTelegram(t *testing.T, people []string, env ...string) *binary {
	g := botAPI(t)
	api := httptest.NewServer(g)
	t.Cleanup(func() {
		g.Close()
		api.Close()
	})
	b := openCommand(t, "serve", append([]string{"TELEGRAM_BOT_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + api.URL},
		env...)...)
	b.Driver = telegramtest.NewDriver(g, nil)
	for _, no := range people {
		b.must(b.Type(b.Context(), no, "/start")) // a bot cannot write to somebody first
		b.bind(no, workflows.ChatUser{Platform: telegram.Platform, Team: telegram.Team, User: b.Address(no).User})
	}
	return b
}

// redisDatabases are those of the tests' Redis that no program uses now: it has sixteen, of which the first is everybody's.
var redisDatabases = func() chan int {
	free := make(chan int, 15)
	for n := range cap(free) {
		free <- n + 1
	}
	return free
}()

// ownRedis is an empty database of the tests' Redis that no other program uses: Telegram's fakes know the same people under the same ids,
// whose open forms would be each other's. It is given back when the test has ended, and its program before that.
func ownRedis(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("REDIS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	n := <-redisDatabases
	t.Cleanup(func() { redisDatabases <- n })
	u.Path = "/" + strconv.Itoa(n)
	options, err := redis.ParseURL(u.String())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return u.String()
}

// bind makes a user of a chat known.
func (b *binary) bind(no string, user workflows.ChatUser) {
	b.Helper()
	store := storagetest.Connect(b, b.db)
	p, err := store.PersonByNo(b.Context(), no)
	b.must(err)
	b.must(store.Bind(b.Context(), p.ID.Party(), user, time.Now()))
}

// A claim of three lines, which TestKindsOnEveryChat plays from the photo to its payment, takes fewer than twenty taps and words of all its
// people together.
func TestThreeLinesAreShort(t *testing.T) {
	archive, err := txtar.ParseFile("../../workflows/expense/testdata/chat/three_lines.txtar")
	if err != nil {
		t.Fatal(err)
	}
	taps, words := 0, 0
	for line := range strings.Lines(string(archive.Comment)) {
		switch verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); verb {
		case "says":
			words += len(strings.Fields(rest))
		case "sends":
			taps++
			words += len(strings.Fields(rest)) - 1 // under the file
		case "press", "send", "tap", "list":
			taps++
		case "fill":
			taps, words = taps+1, words+len(strings.Fields(rest))-1
		}
	}
	if taps != 5 || words != 9 || taps+words >= 20 {
		t.Errorf("it takes %d taps and %d words", taps, words)
	}
}
