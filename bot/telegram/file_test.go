package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// proofs is a bot that takes files with its form, judged by their content as the real one does.
type proofs struct {
	*answers
	most  int
	forms int
	kept  []string // names, in the order of their ids
	what  map[string]int
	sent  []map[string]string
	alone []string // what stood under files that came with no form
}

func newProofs(s *stage, most int) *proofs {
	p := &proofs{answers: s.bot, most: most, what: map[string]int{}}
	s.bot.answer = p.reply
	return p
}

// opening tells that /leave opens a form, and a line about being sick.
type opening struct{ telegram.Bot }

func (o opening) OpensForm(c bot.Content) bool {
	switch c := c.(type) {
	case bot.Command:
		return c.Name == "leave"
	case bot.Said:
		return strings.HasPrefix(c.Text, "sick")
	}
	return o.Bot.OpensForm(c)
}

func opens(c *telegram.Config) { c.Bot = opening{c.Bot} }

func (p *proofs) form(state bot.FormState, faults []string) bot.Form {
	proof := bot.FormField{Name: "proof", Label: "Proof", Asks: workflows.AskFiles, Value: state.Values["proof"], Max: p.most, Fault: strings.Join(faults, " ")}
	for _, id := range workflows.FileIDs(proof.Value) {
		proof.Files = append(proof.Files, bot.FormFile{ID: id, Name: p.kept[p.at(id)]})
	}
	f := bot.Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest}
	f.Title, f.Live = "Ask for leave", true
	f.Fields = []bot.FormField{
		{Name: "type", Label: "Type", Asks: workflows.AskChoice, Value: state.Values["type"], Required: true, Options: []bot.FormOption{{Value: "sick", Label: "Sick leave"}}},
		{Name: "reason", Label: "Reason", Asks: workflows.AskLong, Value: state.Values["reason"]}, proof}
	if state.Form == "form:attach" {
		f.Title, f.Live = "Proof for LV-7", false
		proof.Required = true
		f.Fields = []bot.FormField{proof}
	}
	return f
}

func (p *proofs) id(i int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", i) }

func (p *proofs) at(id string) (i int) {
	_, _ = fmt.Sscanf(id[strings.LastIndexByte(id, '-')+1:], "%d", &i)
	return i
}

func (p *proofs) take(ctx context.Context, state *bot.FormState) (faults []string) {
	state.Values = maps.Clone(state.Values)
	for _, u := range state.Uploads {
		ids := workflows.FileIDs(state.Values[u.Field])
		if len(ids) >= p.most {
			faults = append(faults, fmt.Sprintf("At most %d files fit in here.", p.most))
			continue
		}
		id, err := p.keep(ctx, u)
		var refusal *workflows.Error
		switch {
		case errors.As(err, &refusal):
			faults = append(faults, fmt.Sprint(refusal.Args["Name"], ": ", refusal.Text))
		case err != nil:
			faults = append(faults, u.Name+" did not arrive: "+err.Error())
		case !slices.Contains(ids, id):
			state.Values[u.Field] = strings.Join(append(ids, id), " ")
		}
	}
	state.Uploads = nil
	return faults
}

func (p *proofs) keep(ctx context.Context, u bot.Upload) (string, error) {
	if u.Size > workflows.MaxFileSize {
		return "", workflows.Refuse(workflows.Invalid, "file.large", workflows.Args{"Name": u.Name})
	}
	body, err := u.Open(ctx)
	if err != nil {
		return "", err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	f, err := workflows.ReadFile(u.Name, content)
	if err != nil {
		return "", err
	}
	i, known := p.what[string(content)]
	if !known {
		i = len(p.kept)
		p.kept, p.what[string(content)] = append(p.kept, f.Name), i
	}
	return p.id(i), nil
}

func (p *proofs) reply(ctx context.Context, u bot.Update, r bot.Reply) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c := u.Content.(type) {
	case bot.Recalculation:
		faults := p.take(ctx, &c.FormState)
		return r.Update(ctx, p.form(c.FormState, faults))
	case bot.Submission:
		p.sent = append(p.sent, c.Values)
		if err := r.Done(ctx); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: "LV-8 is sent."})
	case bot.Press:
		state := bot.FormState{Form: "form:attach", Nonce: "attach-1", Number: "LV-7", Subject: subject, Digest: digest}
		return r.Open(ctx, p.form(state, nil))
	case bot.Command:
		return p.open(ctx, r, c.Args)
	case bot.Said:
		if strings.HasPrefix(c.Text, "sick") {
			return p.open(ctx, r, c.Text, c.Uploads...)
		}
		p.alone = append(p.alone, c.Text)
		return r.Tell(ctx, bot.Message{Text: "Handed in with nothing."})
	}
	return nil
}

func (p *proofs) open(ctx context.Context, r bot.Reply, reason string, files ...bot.Upload) error {
	p.forms++
	state := bot.FormState{Form: "form:leave", Nonce: fmt.Sprint("n-", p.forms), Values: map[string]string{"reason": reason}}
	for _, u := range files {
		u.Field = "proof"
		state.Uploads = append(state.Uploads, u)
	}
	faults := p.take(ctx, &state)
	return r.Open(ctx, p.form(state, faults))
}

func (p *proofs) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.kept)
}

func pdf(text string) []byte { return []byte("%PDF-1.4 " + text) }

func paper(name string) telegramtest.Media {
	return telegramtest.Media{Name: name, Body: pdf(name)}
}

func album(n int) (list []telegramtest.Media) {
	for i := range n {
		list = append(list, paper(fmt.Sprintf("page %d.pdf", i+1)))
	}
	return list
}

// handed sends files and waits until the bot has acknowledged them.
func (s *stage) fileSent(list ...telegramtest.Media) []*telegramtest.Update {
	s.t.Helper()
	updates, err := s.server.Hand("lin", list...)
	s.must(err)
	for _, u := range updates {
		s.must(s.driver.Taken(s.t.Context(), u))
	}
	return updates
}

// holds waits until the form shows that it holds so many files, and gives it.
func (s *stage) holds(n int) *bottest.ShownForm {
	s.t.Helper()
	return s.see("lin", fmt.Sprintf("%d files in the form", n), func(x bottest.Screen) bool { return x.Form != nil && strings.Count(x.Form.Text, "📎") == n }).Form
}

func (s *stage) calls(method string) int { return len(s.server.Calls(method)) }

// last is the newest message of Lin's chat.
func (s *stage) last() telegramtest.Message {
	list := s.server.Messages(telegramtest.UserID("lin"))
	return list[len(list)-1]
}

// An album's pictures are updates of their own, with a webhook each after the other's acknowledgement. Each is fetched and stored once, those that do not
// fit are not fetched at all, and the form is drawn once, below them.
func TestAlbum(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		for _, most := range []int{3, 5} {
			t.Run(fmt.Sprint(name, most), func(t *testing.T) {
				over := make(chan struct{})
				s := newStage(t, m, telegramtest.Options{}, func(c *telegram.Config) {
					c.Pause = func(ctx context.Context, _ time.Duration) error { // nothing goes on before the whole album is there
						select {
						case <-over:
						case <-ctx.Done():
						}
						return ctx.Err()
					}
				})
				p := newProofs(s, most)
				s.typed("/leave")
				s.pressed("Sick leave")
				s.pressed("✏️ Proof")
				s.asks("proof")
				sent, edited := s.calls("sendMessage"), s.calls("editMessageText")
				s.fileSent(album(10)...)
				close(over)
				form := s.holds(most)
				if want := fmt.Sprintf("At most %d files fit in here.", most); form.Faults["proof"] != want {
					t.Errorf("faults: %v, want %q", form.Faults, want)
				}
				if got := s.calls("download"); got != most || len(p.names()) != most {
					t.Errorf("%d files were fetched, %q kept", got, p.names())
				}
				s.must(s.chat.Close(t.Context()))
				if n, e := s.calls("sendMessage")-sent, s.calls("editMessageText")-edited; n != 1 || e != 0 {
					t.Errorf("the form was posted %d times and edited %d times", n, e)
				}
				if last := s.last(); last.From != telegramtest.BotID || !strings.Contains(last.Text, "page 1.pdf") {
					t.Errorf("the last message is %q", last.Text)
				}
				s.quiet()
			})
		}
	}
}

// An album that is delivered again after a restart adds nothing, fetches nothing, and the form stays where it is.
func TestAlbumComesAgain(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	p := newProofs(s, 5)
	s.typed("/leave")
	updates := s.fileSent(album(3)...)
	s.holds(3)
	s.must(s.chat.Close(t.Context()))
	fetched, form := s.calls("download"), s.last()
	chat := s.start(webhook)
	for _, u := range append(updates, updates...) {
		if status, _, err := s.server.Push(s.hookURL, secret, u.Body); err != nil || status != http.StatusOK {
			t.Fatalf("answered %d, %v", status, err)
		}
	}
	s.must(chat.Close(t.Context()))
	if s.calls("download") != fetched || len(p.names()) != 3 {
		t.Errorf("fetched again: %d, kept %q", s.calls("download")-fetched, p.names())
	}
	if again := s.last(); again.ID != form.ID || again.Text != form.Text {
		t.Errorf("the form became %d %q", again.ID, again.Text)
	}
	if n := len(s.screen("lin").Private); n != 0 {
		t.Errorf("%d sentences were said", n)
	}
}

// What was wrong with one picture of an album is read though the next was taken.
func TestFaultsOfAnAlbumAddUp(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newProofs(s, 5)
	s.typed("/leave")
	s.fileSent(telegramtest.Media{Name: "virus.pdf", Body: []byte("MZ\x90\x00")}, paper("note.pdf"), telegramtest.Media{Name: "nothing.pdf"})
	form := s.holds(1)
	s.see("lin", "both faults", func(x bottest.Screen) bool {
		form = x.Form
		return strings.Contains(form.Text, "virus.pdf: file.type") && strings.Contains(form.Text, "nothing.pdf: file.empty")
	})
	s.asks("type") // it goes on where it was
	s.fileSent(paper("more.pdf"))
	if form = s.holds(2); strings.Contains(form.Text, "virus.pdf") {
		t.Errorf("an old fault stays:\n%s", form.Text)
	}
}

// A photo is taken in its best size that may be taken, whatever it asks for, and under a name that tells it from the next.
func TestPhoto(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	p := newProofs(s, 5)
	s.typed("/leave")
	before := s.cards()
	s.fileSent(telegramtest.Media{Photo: true, Body: []byte("%PDF-1.4 as good as a picture"), Above: workflows.MaxFileSize + 1})
	s.asks("type")
	form := s.holds(1)
	if names := p.names(); len(names) != 1 || !strings.HasPrefix(names[0], "photo-") {
		t.Errorf("kept %q", names)
	}
	if _, ok := p.what["%PDF-1.4 as good as a picture"]; !ok {
		t.Error("another size was taken")
	}
	if s.cards() != before || s.last().From != telegramtest.BotID || !strings.Contains(form.Text, "Type") {
		t.Errorf("the form does not stand below the photo, once:\n%s", s.screen("lin"))
	}
	photos := 0
	for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
		if m.From != telegramtest.BotID && m.File != "" {
			photos++
		}
	}
	if photos != 1 {
		t.Error("the photo was taken out of the chat")
	}
}

func TestFilesAtTheQuestionAndAtTheSummary(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	p := newProofs(s, 3)
	s.typed("/leave")
	s.pressed("Sick leave")
	s.asks("")
	s.pressed("✏️ Reason")
	s.typed("flu")
	s.asks("")
	s.pressed("✏️ Proof")
	s.asks("proof")
	s.typed("here it comes")
	if !s.screen("lin").Says("A photo or a PDF is asked for here") {
		t.Errorf("a line in place of a file:\n%s", s.screen("lin"))
	}
	s.fileSent(paper("note.pdf"))
	s.asks("proof") // more may come
	s.pressed("◀ Back")
	s.asks("")
	s.fileSent(paper("second.pdf"))
	s.asks("")
	s.pressed("✏️ Proof")
	form := s.holds(2)
	if !slices.Equal(form.Files["proof"], []string{"note.pdf", "second.pdf"}) {
		t.Errorf("holds %q", form.Files)
	}
	remove := ""
	for _, b := range slices.Concat(s.last().Keyboard...) {
		if b.Text == "🗑 note.pdf" {
			remove = b.Data
		}
	}
	for range 2 { // pressed twice, it takes one out
		u, err := s.server.Tap("lin", s.last().ID, remove)
		s.must(err)
		s.must(s.driver.Taken(t.Context(), u))
	}
	s.holds(1)
	s.asks("proof")
	s.pressed("◀ Back")
	s.pressed("Submit")
	if len(p.sent) != 1 || p.sent[0]["proof"] != p.id(1) || p.sent[0]["reason"] != "flu" {
		t.Errorf("sent %v", p.sent)
	}
	s.answered()
	s.quiet()
}

// The small form of a card's button: one file and one press.
func TestProofForARequest(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	p := newProofs(s, 3)
	c := card("LV-7")
	c.Actions = []bot.Action{{Name: "attach", Label: "Hand in proof", Number: "LV-7", Subject: subject, Digest: digest, Opens: true}}
	reference := s.post("lin", c)
	s.must(s.driver.Press(t.Context(), "lin", reference, "attach", 1))
	s.asks("proof")
	s.fileSent(telegramtest.Media{Name: "virus.pdf", Body: []byte("MZ\x90\x00")})
	s.asks("proof")
	s.fileSent(paper("note.pdf"))
	s.asks("")
	s.fileSent(paper("second.pdf"))
	s.holds(2)
	s.pressed("✏️ Proof")
	s.pressed("🗑 note.pdf")
	s.pressed("◀ Back")
	s.pressed("Submit")
	if len(p.sent) != 1 || p.sent[0]["proof"] != p.id(1) {
		t.Errorf("sent %v", p.sent)
	}
	s.answered()
}

// A file that does not arrive is told at its field, and the form stays. Neither token nor address is in what is logged or handed on.
func TestFileThatDoesNotArrive(t *testing.T) {
	faults := map[string]func(s *stage){
		"half of it":      func(s *stage) { s.server.Fail("download", telegramtest.Fault{DropAfter: true}) },
		"an error":        func(s *stage) { s.server.Fail("download", telegramtest.Fault{Status: 500}) },
		"another address": func(s *stage) { s.server.Fail("download", telegramtest.Fault{Status: 302}) },
		"no link":         func(s *stage) { s.server.Fail("getFile", telegramtest.Fault{HTML: true}) },
		"unknown": func(s *stage) {
			s.server.Fail("getFile", telegramtest.Fault{Status: 400, Description: "Bad Request: invalid file_id"})
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, webhook, telegramtest.Options{}, nil)
			p := newProofs(s, 3)
			s.typed("/leave")
			fault(s)
			s.fileSent(telegramtest.Media{Name: "note.pdf", Body: pdf(strings.Repeat("x", 1<<20))})
			form := s.see("lin", "the fault", func(x bottest.Screen) bool {
				return x.Form != nil && strings.Contains(x.Form.Text, "note.pdf did not arrive")
			}).Form
			host, err := url.Parse(s.apiURL)
			s.must(err)
			for _, text := range []string{form.Text, s.log.String()} {
				if strings.Contains(text, "/file/bot") || strings.Contains(text, "AAtest") || strings.Contains(text, host.Host) {
					t.Errorf("an address is in\n%s", text)
				}
			}
			s.quiet()
			s.fileSent(paper("note.pdf"))
			s.holds(1)
			if len(p.names()) != 1 {
				t.Errorf("kept %q", p.names())
			}
		})
	}
}

// More than may be taken is refused before it is fetched; what Telegram does not give out, in the same words.
func TestFileThatIsTooLarge(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newProofs(s, 3)
	s.typed("/leave")
	s.fileSent(telegramtest.Media{Name: "film.pdf", Body: pdf("x"), Size: 2 << 30})
	s.see("lin", "the fault", func(x bottest.Screen) bool { return strings.Contains(x.Form.Text, "film.pdf: file.large") })
	if n := s.calls("getFile"); n != 0 {
		t.Errorf("it was asked for %d times", n)
	}
	s.server.Fail("getFile", telegramtest.Fault{Status: 400, Description: "Bad Request: file is too big"})
	s.fileSent(paper("book.pdf"))
	s.see("lin", "the fault", func(x bottest.Screen) bool { return strings.Contains(x.Form.Text, "book.pdf: file.large") })
	s.server.Fail("getFile", telegramtest.Fault{Status: 429, RetryAfter: 1, Description: "Too Many Requests: retry after 1"})
	s.fileSent(paper("note.pdf"))
	s.holds(1)
}

// Whoever could choose a file's path would have the bot fetch something else: the path is one below the bot's files, or none.
func TestHostilePathIsNotFetched(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newProofs(s, 5)
	s.typed("/leave")
	for _, path := range []string{"../../etc/passwd", "documents/../../../x", "/etc/passwd", "https://evil.example/x.pdf", "//evil.example/x", ".", "documents//x"} {
		s.fileSent(telegramtest.Media{Name: "note.pdf", Body: pdf(path), Path: path})
	}
	if n := s.calls("download"); n != 0 {
		t.Errorf("%d were fetched", n)
	}
	s.fileSent(telegramtest.Media{Name: "note.pdf", Body: pdf("odd"), Path: "documents/50% ?#.pdf"})
	s.holds(1)
}

// The address of a file holds the token, so a redirect is not followed.
func TestRedirectedDownloadIsNotFollowed(t *testing.T) {
	var asked []string
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = append(asked, r.URL.String()) }))
	defer evil.Close()
	s := newStage(t, still, telegramtest.Options{}, nil)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/file/") {
			http.Redirect(w, r, evil.URL+r.URL.Path, http.StatusFound)
			return
		}
		s.server.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.config.APIURL = front.URL
	s.start(webhook)
	newProofs(s, 3)
	s.typed("/leave")
	s.fileSent(paper("note.pdf"))
	s.see("lin", "the fault", func(x bottest.Screen) bool { return strings.Contains(x.Form.Text, "note.pdf did not arrive") })
	if len(asked) > 0 {
		t.Errorf("the other host was asked for %q", asked)
	}
	s.quiet()
}

// Without an open form each picture of an album is the bot's, with the caption that only the first has, and what it says to all is told
// once. Where the bot opens a form for the first, the others go into that.
func TestFilesWithoutAForm(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, m, telegramtest.Options{}, opens)
			p := newProofs(s, 5)
			whole := album(4)
			whole[0].Caption = "the bills"
			s.fileSent(whole...)
			if n := len(s.screen("lin").Private); n != 1 || !s.screen("lin").Says("Handed in with nothing.") {
				t.Errorf("an album is answered %d times\n%s", n, s.screen("lin"))
			}
			s.fileSent(telegramtest.Media{Name: "note.pdf", Body: pdf("x"), Caption: "/leave@nod_test_bot  look", Forward: true})
			if n := len(s.screen("lin").Private); n != 2 || s.calls("getFile") != 0 { // which the bot did not open
				t.Errorf("%d answers, %d files asked for", n, s.calls("getFile"))
			}
			if want := []string{"the bills", "", "", "", "/leave look"}; !slices.Equal(p.alone, want) {
				t.Errorf("under the files stood %q, want %q", p.alone, want)
			}
			sick := album(3)
			sick[0].Caption = "sick since Monday"
			s.fileSent(sick...)
			s.holds(3)
			s.asks("type")
			if p.forms != 1 {
				t.Errorf("%d forms were opened", p.forms)
			}
			s.pressed("Sick leave")
			s.asks("")
			s.pressed("Submit")
			if len(p.sent) != 1 || len(workflows.FileIDs(p.sent[0]["proof"])) != 3 {
				t.Errorf("sent %v", p.sent)
			}
			s.fileSent(paper("late.pdf")) // the form is done
			if n := len(p.names()); n != 3 {
				t.Errorf("%d files are kept", n)
			}
		})
	}
}

// What is told of each picture of an album alike is told once; what a card stands under, or differs, is told.
func TestAlbumsAreAnsweredOnce(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	n := 0
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		n++
		m := bot.Message{Text: "With me."}
		if n == 2 {
			shown := card("LV-7")
			m.Card = &shown
		}
		if err := r.Tell(ctx, m); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: fmt.Sprint("Files: ", n)})
	}
	s.fileSent(album(3)...)
	var told []string
	for _, m := range s.screen("lin").Private {
		first, _, several := strings.Cut(m.Text, "\n")
		told = append(told, fmt.Sprint(first, several))
	}
	if want := []string{"With me.false", "Files: 1false", "With me.true", "Files: 2false", "Files: 3false"}; !slices.Equal(told, want) {
		t.Errorf("lin is told %q, want %q", told, want)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.fileSent(telegramtest.Media{Kind: "voice"})
	if !s.screen("lin").Says("I can read text, photos and documents, nothing else") {
		t.Errorf("a voice message is answered with\n%s", s.screen("lin"))
	}
	s.typed("/leave")
	s.fileSent(paper("note.pdf"))
	if !s.screen("lin").Says("the open form takes no files") {
		t.Errorf("a file for a form without a place is answered with\n%s", s.screen("lin"))
	}
	s.asks("type")
}

// I7: while Redis is down a form keeps its files in rows; FLUSHALL costs the form, and whoever sends the next file is told how to go on.
func TestI7FilesWithoutRedis(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	p := newProofs(s, 3)
	s.drafts.set(true)
	s.typed("/leave")
	s.fileSent(album(2)...)
	s.holds(2)
	s.drafts.set(false) // it comes back, and knows nothing of this form
	s.drafts.flush()
	s.fileSent(paper("third.pdf"))
	s.holds(3)
	s.must(s.chat.Close(t.Context()))
	s.start(webhook)
	s.pressed("Sick leave")
	s.pressed("Submit")
	if len(p.sent) != 1 || len(workflows.FileIDs(p.sent[0]["proof"])) != 3 {
		t.Errorf("sent %v", p.sent)
	}
	s.typed("/leave")
	s.drafts.flush()
	s.rows.flush()
	s.fileSent(paper("fourth.pdf"))
	if !s.screen("lin").Says("Handed in with nothing.") {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
	s.drafts.set(true)
	s.rows.set(true)
	s.fileSent(album(2)...)
	told := 0
	for _, m := range s.screen("lin").Private {
		if strings.Contains(m.Text, "cannot be reached right now") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times that the form is out of reach", told)
	}
	s.answered()
}

// A form that could not be drawn below a file is drawn when the update comes again, once.
func TestFormBelowAFileIsTriedAgain(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newProofs(s, 3)
	s.typed("/leave")
	before := s.cards()
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true})
	s.fileSent(paper("note.pdf"))
	s.holds(1)
	if s.cards() != before || s.calls("download") != 1 {
		t.Errorf("%d messages instead of %d, fetched %d times", s.cards(), before, s.calls("download"))
	}
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true})
	s.fileSent(album(2)...)
	s.holds(3)
	if dead := s.unhandled.all(); len(dead) > 0 {
		t.Errorf("given up: %v", dead)
	}
}

// Two programs share the webhook, and one still draws when the other takes the next picture: neither loses it for the other.
func TestAlbumOverTwoPrograms(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	p := newProofs(s, 5)
	one, two := s.chat, s.start(still)
	hooks := []*hookServer{newHook(one.Webhook()), newHook(two.Webhook())}
	push := func(to int, u *telegramtest.Update) {
		t.Helper()
		if status, _, err := s.server.Push(hooks[to].URL, secret, u.Body); err != nil || status != http.StatusOK {
			t.Fatalf("answered %d, %v", status, err)
		}
	}
	t.Cleanup(func() { hooks[0].Close(); hooks[1].Close() })
	push(0, s.server.Say("lin", "/leave sick"))
	drawn := make(chan struct{})
	s.server.Fail("sendMessage", telegramtest.Fault{Wait: drawn})
	updates, err := s.server.Hand("lin", album(2)...)
	s.must(err)
	for i, u := range updates {
		push(i, u)
	}
	close(drawn)
	s.must(one.Close(t.Context()))
	u, err := s.server.Tap("lin", s.last().ID, "2|.keep|"+strings.Split(s.last().Keyboard[0][0].Data, "|")[2]+"|type")
	s.must(err)
	push(1, u)
	s.must(two.Close(t.Context()))
	if s.calls("download") != 2 || len(p.names()) != 2 {
		t.Errorf("%d were fetched, %q kept", s.calls("download"), p.names())
	}
	s.holds(2)
}

// A form's message that is too old to be deleted loses its buttons when the form moves below a file.
func TestOldFormMovesBelow(t *testing.T) {
	var passed atomic.Int64
	s := newStage(t, webhook, telegramtest.Options{Now: func() time.Time { return at.Add(time.Duration(passed.Load())) }}, nil)
	newProofs(s, 5)
	s.typed("/leave")
	old := s.last().ID
	passed.Store(int64(49 * time.Hour))
	s.fileSent(paper("note.pdf"))
	s.holds(1)
	for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
		if m.ID == old && (len(m.Keyboard) > 0 || !strings.Contains(m.Text, "A newer form is open below.")) {
			t.Errorf("the old form is %q with %v", m.Text, m.Keyboard)
		}
	}
	if s.last().ID == old {
		t.Error("the form stays above the file")
	}
}
