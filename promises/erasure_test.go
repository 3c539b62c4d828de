package promises

import (
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// What is known of Sylvie, who decides for tom and will leave; none of it occurs in anything that is not about her.
const (
	sylvie     = "E7741"
	sylvieName = "欧阳诗涵 Sylvie O'Hara & Quist"
)

// ofSylvie must not be found anywhere once she is erased.
var ofSylvie = []string{sylvie, "欧阳诗涵", "Sylvie", "Quist", "sylvie@example.com", "sylvie.alt@example.com", "U0SYLVIE", "778899123", "sylvie-web",
	"Née Dubois", "wedding in Arles", "get well soon", "Attestation", "%PDF-1.4 broken rib", "needs you at the fair", "half a thought", "jsdoc-777",
	"Board of Sylvie", "Chief of Fairs", "DE89 3704-0044"}

// hire has Sylvie come, with chats on several platforms, and decide for tom.
func (c *company) hire() {
	c.Helper()
	c.exec(`INSERT INTO people (employee_no, name, email, manager_id, department, title, roles, country, timezone, language, hired_on, bank_account)
		VALUES ($1, 'Née Dubois', 'sylvie@example.com', (SELECT id FROM people WHERE employee_no = 'zhou'), 'Board of Sylvie', 'Chief of Fairs',
		        '{sales}', 'CN', 'Asia/Shanghai', 'zh', '2020-01-01', 'DE89 3704-0044')`, sylvie)
	for platform, user := range map[string]string{bottest.Platform: sylvie, "slack": "U0SYLVIE", "telegram": "778899123", "web": "sylvie-web"} {
		team := map[string]string{bottest.Platform: bottest.Team}[platform]
		c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, address, bound_at, ended_at)
			SELECT 'person', id, $2, $3, $4, 'sylvie.alt@example.com', now(), CASE WHEN $2 <> $5 THEN now() END FROM people WHERE employee_no = $1`,
			sylvie, platform, team, user, bottest.Platform)
	}
	c.grant(sylvie, "annual", 10)
	c.exec("UPDATE lots SET reason = 'Sylvie has waited for it' WHERE key LIKE 'E7741%'")
	c.exec("UPDATE people SET manager_id = (SELECT id FROM people WHERE employee_no = $1) WHERE employee_no = 'tom'", sylvie)
}

// lives has her ask, decide and be talked about, and gives the numbers of her requests and of those of tom that she had to do with.
func (c *company) lives() (hers, toms []string) {
	c.Helper()
	ctx := c.Context()
	hers = append(hers, c.ask(sylvie, "annual 2026-12-01 2026-12-02 wedding in Arles"))
	c.exec("UPDATE people SET name = $2 WHERE employee_no = $1", sylvie, sylvieName)
	c.decide("zhou", hers[0], "reject", "Sylvie, the customer needs you at the fair")
	hers = append(hers, c.withProof(sylvie, "sick 2026-11-25 2026-11-30 get well soon",
		bottest.File{Name: "Attestation 欧阳诗涵.pdf", Content: []byte("%PDF-1.4 broken rib")}))
	c.exec("UPDATE turns SET nudged_at = now() WHERE state = 'open' AND request_id = (SELECT id FROM subjects WHERE number = $1)", hers[1])
	c.press("zhou", hers[1], "approve")
	c.settle()

	toms = append(toms, c.ask("tom", "annual 2026-12-07 2026-12-08 my duties go to 欧阳诗涵 (e7741), paid to DE89 3704-0044"))
	c.decide(sylvie, toms[0], "return", "half a thought: ask Quist, of E7741, and pay DE89 3704-0044")
	c.press("tom", toms[0], "withdraw")
	c.settle()
	toms = append(toms, c.ask("tom", "annual 2026-12-10 2026-12-11 skiing, E77410 knows"))
	c.press(sylvie, toms[1], "approve")
	c.settle()

	web := workflows.ChatUser{Platform: "telegram", User: "778899123"}
	c.must(c.store.Alert(ctx, "telegram.gone:"+sylvie, "alert.gone", workflows.Args{"No": sylvie, "Name": sylvieName, "Platform": "telegram"}, c.clock.Now()))
	c.must(c.store.KeepUnhandled(ctx, "slack", "payload", []byte("payload="+url.QueryEscape(`{"user":"U0SYLVIE","text":"欧阳诗涵"}`)), "it broke"))
	c.must(c.store.KeepUnhandled(ctx, "telegram", "update", []byte(`{"from":{"id":778899123,"first_name":"\u6b27\u9633\u8bd7\u6db5"}}`), "it broke"))
	c.must(c.store.KeepUnhandled(ctx, "telegram", "other", []byte(`{"text":"\nSylvie O'Hara & Quist, where are you?"}`), "it broke"))
	c.must(c.store.KeepUnhandled(ctx, "telegram", "tom's", []byte(`{"from":{"id":7788991234}}`), "it broke"))
	c.must(c.store.SaveDraft(ctx, "slack//U0SYLVIE", "leave", []byte(`{"reason":"wedding in Arles"}`)))
	c.must(c.store.SaveDraft(ctx, "slack/T1/U0TOM", "leave", []byte(`{"reason":"as Sylvie O'Hara \u0026 Quist said"}`)))
	c.must(c.store.KeepSubmission(ctx, workflows.Cause{ChatUser: web, Key: "form"}, "here", []byte("jsdoc-777"), 0))
	_, err := c.store.LinkCode(ctx, sylvie, "telegram")
	c.must(err)
	_, err = c.store.Redeem(ctx, workflows.Cause{ChatUser: web, Key: "wrong"}, "wrong", c.clock.Now())
	if !errors.Is(err, &workflows.Error{Code: workflows.Invalid}) {
		c.Fatal(err)
	}
	for user, body := range map[string]string{"sylvie-web": `{"text":"half a thought"}`, "tom": `{"text":"Sylvie O'Hara \u0026 Quist"}`} {
		_, err := c.store.WebPost(ctx, user, user, []byte(body), c.clock.Now())
		c.must(err)
	}
	return hers, toms
}

// left finds what any row of any table still says of somebody, bytes included.
func (c *company) left(words []string) (found []string) {
	c.Helper()
	ctx := c.Context()
	rows, err := c.owner.Query(ctx, "SELECT relname FROM pg_class WHERE relkind IN ('r', 'm', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1")
	c.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	c.must(err)
	if len(tables) < 25 || !slices.Contains(tables, "audit_values") {
		c.Fatalf("only %v are looked through", tables)
	}
	for _, table := range tables {
		rows, err := c.owner.Query(ctx, "SELECT t::text FROM "+pgx.Identifier{table}.Sanitize()+" t")
		c.must(err)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		c.must(err)
		for _, text := range texts {
			for _, word := range words {
				if text = strings.ReplaceAll(text, "E77410", ""); strings.Contains(strings.ToLower(text), strings.ToLower(word)) ||
					strings.Contains(text, hex.EncodeToString([]byte(word))) && !strings.Contains(text, hex.EncodeToString([]byte(word+"4"))) {
					found = append(found, table+": "+word+" in "+text)
				}
			}
		}
	}
	return found
}

// erased wants somebody erased.
func (c *company) erased(store *storage.Store, who string) storage.Erasure {
	c.Helper()
	done, err := store.Erase(c.Context(), who, true, c.clock.Now())
	c.must(err)
	if len(done.Obstacles) > 0 {
		c.Fatalf("in the way stands %v", done.Obstacles)
	}
	return done
}

// I15: Sylvie has asked, decided, handed in and been talked about, on every platform. Once she is erased no row of any table says anything of
// her, the audit still holds, and what is tom's is as before.
func TestI15NothingOfAPersonIsLeft(t *testing.T) {
	c := open(t)
	c.hire()
	hers, toms := c.lives()
	for _, word := range ofSylvie {
		if len(c.left([]string{word})) == 0 {
			t.Errorf("%q is nowhere to begin with, so the test could not find it afterwards", word)
		}
	}
	before, balance := c.request(toms[1]), c.balance("tom", "annual")
	spent := c.balance(sylvie, "annual")
	old := c.button("zhou", hers[1], "files")
	c.exec("UPDATE people SET active = false WHERE employee_no = $1", sylvie)

	planned, err := c.store.Erase(t.Context(), sylvie, false, c.clock.Now())
	c.must(err)
	if len(c.left([]string{"wedding in Arles"})) == 0 {
		t.Fatal("what was only asked for was done")
	}
	done := c.erased(c.store, sylvie)
	if diff := cmp.Diff(planned, done); diff != "" || len(done.Counts) < 10 {
		t.Errorf("what was said to go and what went (-said +went):\n%s\n%v", diff, done.Counts)
	}
	for _, found := range c.left(ofSylvie) {
		t.Error(found)
	}
	v, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
	if err != nil || len(v.Broken) > 0 || v.Records != value[int](c, "SELECT count(*) FROM audit") {
		t.Errorf("I5: %+v, %v", v, err)
	}
	if diff := cmp.Diff(before, c.request(toms[1])); diff != "" {
		t.Errorf("tom's request (-before +after):\n%s", diff)
	}
	if now := c.balance("tom", "annual"); now != balance {
		t.Errorf("tom has %d minutes, had %d", now, balance)
	}
	if now := c.balance(done.As, "annual"); now != spent {
		t.Errorf("I8: under %s there are %d minutes, were %d", done.As, now, spent)
	}
	r := c.request(toms[0])
	if r.Form["reason"] != "my duties go to "+done.As+" ("+done.As+"), paid to "+done.As || r.Erased || r.State != "withdrawn" {
		t.Errorf("tom's request that named her: %+v", r)
	}
	if n := value[int](c, "SELECT count(*) FROM dead_letters"); n != 1 {
		t.Errorf("%d unhandled updates are left, want tom's", n)
	}

	// What chats show follows: cards of hers say that they are erased, tom's name nobody.
	c.settle()
	for _, number := range hers {
		at := slices.IndexFunc(c.screen("zhou").Messages, func(m bottest.Shown) bool { return m.Number == number })
		if card := c.screen("zhou").Messages[at]; !strings.Contains(card.Text, "请假 · 内容已清除") || len(card.Buttons) > 0 || !card.Folded {
			t.Errorf("zhou sees\n%s\n%v", card.Text, card.Buttons)
		}
		c.must(c.chat.Type(t.Context(), "zhou", "/requests "+number))
		c.wantTold("zhou", "请假 · 内容已清除")
	}
	for _, number := range toms {
		for _, word := range ofSylvie {
			if text := c.card("tom", number).Text; strings.Contains(strings.ReplaceAll(text, "E77410", ""), word) {
				t.Errorf("tom's card of %s says %q:\n%s", number, word, text)
			}
		}
	}
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	if s := c.screen("zhou"); len(s.Files()) > 0 {
		t.Errorf("zhou was given %v", s.Files())
	}
	c.must(c.chat.Type(t.Context(), sylvie, "/requests"))
	if told := c.told(sylvie); strings.Contains(told, hers[0]) {
		t.Errorf("whoever has her chat now is told %q", told)
	}
	c.refused(auditChanges)
	_, err = c.store.Erase(t.Context(), sylvie, true, c.clock.Now())
	_, again := c.store.Erase(t.Context(), done.As, true, c.clock.Now())
	if missing := (&workflows.Error{Code: workflows.NotFound}); !errors.Is(err, missing) || !errors.Is(again, missing) {
		t.Errorf("erasing again gives %v and %v", err, again)
	}
}

// I15: the receipts of somebody's claims go with what the claims said, from one that is paid as from a draft, which stands in nobody's way.
// What was claimed stays spent, and its e-invoice is nobody else's to claim.
func TestI15ReceiptsAreErased(t *testing.T) {
	c := open(t)
	c.hire()
	ctx := t.Context()
	person, err := c.store.PersonByNo(ctx, sylvie)
	c.must(err)
	const invoice = "25112000000012345678"
	claim := func(who workflows.Person, receipt string) (workflows.Answer, error) {
		form := workflows.Form{"category": "meal", "date": "2026-11-24", "amount": "60", "currency": "CNY", "invoice_no": invoice,
			"merchant": "Harbour Grill", "note": "with the people of Arles", "purpose": "summer fair", "receipt": receipt}
		return c.engine.Submit(ctx, by(who.No, "claim"), "expense", who, form)
	}
	id, err := c.store.KeepFile(ctx, workflows.File{ID: "01890a5d-ac96-774b-bcce-b302099a8057", Owner: person.ID, Name: "grill.pdf",
		Type: "application/pdf", Size: 14}, []byte("%PDF-1.4 grill"))
	c.must(err)
	_, err = claim(person, id)
	c.must(err)
	c.settle()
	for _, press := range [][2]string{{"zhou", "approve"}, {"mallory", "approve"}, {"mallory", "pay"}} {
		c.press(press[0], "EX-1", press[1])
		c.settle()
	}
	c.wantState("EX-1", "paid")
	c.must(c.chat.SendFiles(ctx, sylvie, "train 553 yesterday", bottest.File{Name: "sleeper.pdf", Content: []byte("%PDF-1.4 sleeper")}))
	c.settle()
	words := []string{"Harbour Grill", "people of Arles", "summer fair", "grill.pdf", "%PDF-1.4 grill", "sleeper.pdf", "%PDF-1.4 sleeper"}
	for _, word := range words {
		if len(c.left([]string{word})) == 0 {
			t.Errorf("%q is nowhere to begin with, so the test could not find it afterwards", word)
		}
	}
	old := c.button("zhou", "EX-1", "files")
	c.exec("UPDATE people SET active = false WHERE employee_no = $1", sylvie)
	c.erased(c.store, sylvie)
	for _, found := range c.left(append(words, ofSylvie...)) {
		t.Error(found)
	}
	if spent := value[string](c, "SELECT string_agg(heading || ' ' || amount || ' ' || base, ', ') FROM charges"); spent != "meal 6000 6000" {
		t.Errorf("%q is spent", spent)
	}
	v, err := c.store.VerifyAudit(ctx, storage.Verification{})
	if err != nil || len(v.Broken) > 0 {
		t.Errorf("I5: %+v, %v", v, err)
	}
	tom, err := c.store.PersonByNo(ctx, "tom")
	c.must(err)
	var refusal *workflows.Error
	if _, err := claim(tom, ""); !errors.As(err, &refusal) || refusal.Text != "expense.invoice_claimed" || refusal.Args["Number"] != "" {
		t.Errorf("the same e-invoice claimed again: %v", err)
	}
	c.settle()
	c.must(c.chat.PressOld(ctx, "zhou", old))
	if files := c.screen("zhou").Files(); len(files) > 0 {
		t.Errorf("zhou was given %v", files)
	}
}

// I15: with two roles the one that serves erases nothing; the owner of the tables does, and the serving role has come to no right by it.
func TestI15ErasingTakesTheOwner(t *testing.T) {
	c := openOn(t, storagetest.NewSplit(t))
	c.hire()
	hers, toms := c.lives()
	c.exec("UPDATE people SET active = false WHERE employee_no = $1", sylvie)
	if _, err := c.store.Erase(t.Context(), sylvie, true, c.clock.Now()); !errors.Is(err, storage.ErrNotOwner) {
		t.Fatalf("the serving role is told %v", err)
	}
	owner := storagetest.Connect(t, storagetest.Database{URL: c.db.Owner})
	c.erased(owner, sylvie)
	for _, found := range c.left(ofSylvie) {
		t.Error(found)
	}
	c.refused(auditChanges)
	// Messages that nobody can edit any more come to no second life.
	for user, number := range map[string]string{"zhou": hers[1], "tom": toms[1]} {
		c.chat.Delete(user, c.card(user, number).Reference)
	}
	had := len(c.screen("zhou").Messages) + len(c.screen("tom").Messages)
	c.settle()
	c.overdue()
	c.settle()
	if have := len(c.screen("zhou").Messages) + len(c.screen("tom").Messages); have != had {
		t.Errorf("there are %d messages, were %d", have, had)
	}
}

// I15: whoever works here, has a request under way or is waited for is not erased, and what stands in the way is named.
func TestI15WhatStandsInTheWay(t *testing.T) {
	c := open(t)
	c.hire()
	hers, toms := c.ask(sylvie, "annual 2026-12-01 2026-12-02"), c.ask("tom", "annual 2026-12-07")
	done, err := c.store.Erase(t.Context(), sylvie, true, c.clock.Now())
	c.must(err)
	want := []storage.Obstacle{{Why: storage.StillActive}, {Why: storage.WaitedFor, Numbers: []string{toms}}, {Why: storage.UnderWay, Numbers: []string{hers}}}
	if diff := cmp.Diff(want, done.Obstacles, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("in the way stands (-want +got):\n%s", diff)
	}
	if value[string](c, "SELECT name FROM people WHERE employee_no = $1", sylvie) != "Née Dubois" {
		t.Error("she was erased all the same")
	}
	c.wantState(hers, "pending")
}

// I15: a contact's name, address and chats go as a person's do.
func TestI15ContactIsErased(t *testing.T) {
	c := open(t)
	c.exec("INSERT INTO contacts (name, email) VALUES ('Ingrid Voss', 'ingrid@customer.example'), ('Olaf Brandt', 'olaf@customer.example')")
	c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, address, bound_at)
		SELECT 'contact', id, 'slack', 'T1', 'U' || name, email, now() FROM contacts`)
	c.exec(`INSERT INTO notices (id, about, seq, party_kind, party_id, text, args, next_at)
		SELECT gen_random_uuid(), gen_random_uuid(), 1, 'contact', id, 'notice.text', jsonb_build_object('Name', name), now() + interval '1 day' FROM contacts`)
	number := c.ask("tom", "annual 2026-12-07 2026-12-08 visit to Ingrid Voss")
	c.erased(c.store, "INGRID@customer.example")
	for _, found := range c.left([]string{"Ingrid", "ingrid@customer"}) {
		t.Error(found)
	}
	if len(c.left([]string{"Olaf Brandt", "olaf@customer"})) == 0 {
		t.Error("somebody else was erased")
	}
	c.wantState(number, "pending")
}

// I15: what ended before a time is emptied, of whomever it was; what ended later, is open, or is booked for later stays. The chain holds.
func TestI15OldRequestsAreEmptied(t *testing.T) {
	c := open(t)
	c.hire()
	over, later := c.withProof("tom", "sick 2026-11-23 2026-11-24 broken rib", note), c.ask("tom", "annual 2027-12-20 2027-12-21 skiing")
	pending := c.ask("lin", "annual 2026-12-01 2026-12-02 wedding")
	for _, number := range []string{over, later} {
		c.press(sylvie, number, "approve")
	}
	c.settle()
	before := c.clock.Now().Add(-24 * time.Hour)
	if done, err := c.store.Purge(t.Context(), before, true); err != nil || len(done.Counts) > 0 {
		t.Errorf("of what is new it emptied %v, %v", done.Counts, err)
	}
	c.at(start.AddDate(1, 0, 0))
	before = c.clock.Now().Add(-24 * time.Hour)
	if _, err := c.store.Purge(t.Context(), before, false); err != nil || c.request(over).Erased {
		t.Fatalf("what was only asked for was done, or %v", err)
	}
	left := c.balance("tom", "annual")
	done, err := c.store.Purge(t.Context(), before, true)
	c.must(err)
	if r := c.request(over); !r.Erased || len(r.Form) > 0 || r.State != "approved" {
		t.Errorf("it is %+v; %v went", r, done.Counts)
	}
	if found := c.left([]string{"broken rib", "fever", note.Name}); len(found) > 0 {
		t.Error(found)
	}
	for number, reason := range map[string]string{later: "skiing", pending: "wedding"} {
		if r := c.request(number); r.Erased || r.Form["reason"] != reason {
			t.Errorf("it is %+v", r)
		}
	}
	if v, err := c.store.VerifyAudit(t.Context(), storage.Verification{}); err != nil || len(v.Broken) > 0 {
		t.Errorf("I5: %+v, %v", v, err)
	}
	if now := c.balance("tom", "annual"); now != left {
		t.Errorf("I8: tom has %d minutes, had %d", now, left)
	}
	c.settle()
	c.must(c.chat.Type(t.Context(), "tom", "/requests"))
	c.wantTold("tom", "leave · erased")
	c.must(c.chat.Type(t.Context(), "tom", "/requests "+over))
	c.wantTold("tom", "leave · erased")
	c.refused(auditChanges)
}
