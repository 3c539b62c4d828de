package promises

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// A parcel is no request: nobody approves it, an ERP numbers it, and a customer's contact looks on. It has what everything with a story
// has through the shell alone; its own is a table and a pure function.

// parcel is what lies in the table parcels.
type parcel struct {
	workflows.Subject
	stops int // the parcel's own
}

// parcelChange is what the audit keeps of a change.
type parcelChange struct {
	Stops int `json:"stops"`
}

// moved is the pure function: a parcel goes on by a stop, at the second it has arrived.
func (p parcel) moved(by workflows.Actor, contact workflows.Party, now time.Time) (parcel, workflows.Outcome, error) {
	if p.State == "arrived" {
		return p, workflows.Outcome{}, workflows.Refuse(workflows.NotNow, "request.not_now", workflows.Args{"Number": p.Number, "State": "arrived"})
	}
	from := p.State
	p.stops++
	p.Seq++
	p.Revision, p.ChangedAt, p.State = 1, now, "on the way"
	if p.stops == 2 {
		p.State = "arrived"
	}
	change, err := json.Marshal(parcelChange{p.stops})
	if err != nil {
		return p, workflows.Outcome{}, err
	}
	o := workflows.Outcome{
		Subject: p.Subject, Final: p.State == "arrived", Settled: p.State == "arrived",
		Audit: workflows.AuditRow{Subject: p.ID, Seq: p.Seq, At: now, Event: "move", Actor: by.Party, Operator: by.Operator, Platform: by.Platform, Revision: 1,
			From: from, To: p.State, Values: workflows.AuditValues{Actor: by.Name(), Other: change}},
		Notices: []workflows.Notice{{Party: contact, Text: "parcel.moved", Tone: workflows.Good, Args: workflows.Args{"Stops": p.stops}},
			{Party: contact, Text: "parcel.hurry", While: "moving"}},
		Told: workflows.Answer{Ref: p.Ref, Event: "move", State: p.State, Seq: p.Seq, Revision: 1, Text: "parcel.told"},
	}
	if p.Seq == 1 {
		o.Cards = []workflows.Party{contact}
		o.Due = []workflows.Due{{Kind: "parcel.move", Key: string(p.ID), At: now.Add(time.Hour), Subject: p.ID, Party: contact}}
	}
	return p, o, nil
}

// parcelPart is one try of a change to a parcel.
type parcelPart struct {
	id      workflows.SubjectID
	number  string // of a new one
	contact workflows.Party
	now     time.Time
	p       parcel
}

func (x *parcelPart) Locks(*storage.Trip) {}

func (x *parcelPart) Load(trip *storage.Trip) {
	trip.Queue("SELECT stops FROM parcels WHERE id = @id", map[string]any{"id": string(x.id)}, &x.p.stops)
}

func (x *parcelPart) Decide(s workflows.Subject, actor workflows.Actor, _ *workflows.Shown) (o workflows.Outcome, err error) {
	x.p.Subject = s
	if s.ID == "" {
		x.p.Ref = workflows.Ref{Kind: "parcel", ID: x.id, Number: x.number}
	}
	x.p, o, err = x.p.moved(actor, x.contact, x.now)
	return o, err
}

func (x *parcelPart) Write(trip *storage.Trip) {
	trip.Queue("INSERT INTO parcels (id, stops) VALUES (@id, @stops) ON CONFLICT (id) DO UPDATE SET stops = excluded.stops",
		map[string]any{"id": string(x.id), "stops": x.p.stops})
}

func (x *parcelPart) Violated(error) error { return nil }

// parcels shows parcels to the one contact that they are for, and to nobody else.
type parcels struct {
	c       *company
	contact workflows.Party
}

func (d parcels) Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (bot.Card, []byte, bool, error) {
	if viewer != d.contact {
		return bot.Card{}, nil, false, nil
	}
	var state string
	var seq int
	if err := d.c.look.QueryRow(ctx, "SELECT state, seq FROM subjects WHERE id = $1", string(subject.ID)).Scan(&state, &seq); err != nil {
		return bot.Card{}, nil, false, err
	}
	return bot.Card{Subject: subject.ID, Number: subject.Number, Kind: subject.Kind, Revision: 1, Seq: seq, Title: "Parcel", Status: bot.Status{Text: state},
		Fallback: "Parcel " + state}, nil, true, nil
}

func (d parcels) Notices(ctx context.Context, list []draw.About, _ *texts.Printer) ([]draw.About, error) {
	for i, n := range list {
		var final bool
		if err := d.c.look.QueryRow(ctx, "SELECT final FROM subjects WHERE id = $1", string(n.Subject.ID)).Scan(&final); err != nil {
			return nil, err
		}
		list[i].Past = n.While != "moving" || final
	}
	return list, nil
}

func (c *company) moveParcel(cause workflows.Cause, id workflows.SubjectID, number string, contact workflows.Party, due int64) (workflows.Answer, error) {
	change := workflows.Change{Cause: cause, Subject: id, Due: due, Now: c.engine.Now()}
	key := id
	if number != "" {
		change.Subject = ""
	}
	return c.store.Change(c.Context(), change, func() storage.Part {
		return &parcelPart{id: key, number: number, contact: contact, now: change.Now}
	})
}

// Design, the shell: a sort of subject that is no request, seen by a contact, has cards, notices, due items, an audit and causes
// without a column of its own.
func TestShellCarriesWhatIsNoRequest(t *testing.T) {
	c := open(t)
	c.exec("CREATE TABLE parcels (id uuid PRIMARY KEY REFERENCES subjects (id), stops integer NOT NULL)")
	c.exec("GRANT SELECT, INSERT, UPDATE ON parcels TO " + storage.ServingRole(c.db.URL))
	anna := workflows.Party{Kind: workflows.ContactParty, ID: value[int64](c, "INSERT INTO contacts (name, language) VALUES ('Anna', 'zh') RETURNING id")}
	c.must(c.store.Bind(t.Context(), anna, user("anna"), c.clock.Now()))
	display := parcels{c, anna}
	words, err := texts.New(c.engine.Kinds(), parcelTexts)
	c.must(err)
	displays := draw.NewDisplays(c.engine, c.engine.Sorts()...)
	displays["parcel"] = display
	c.deliverer = deliver.New(c.store, displays, c.engine.Now, words, map[string]deliver.Sender{bottest.Platform: c.chat})
	fired := 0
	c.engine.On("parcel.move", func(_ context.Context, item workflows.DueItem) error {
		fired++
		if item.Party != anna || item.Number != "LV-1" {
			return fmt.Errorf("the item is %+v", item)
		}
		cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformSystem}, Key: fmt.Sprint("due:", item.ID)}
		_, err := c.moveParcel(cause, item.Subject, "", anna, item.ID)
		return err
	})
	digests := 0
	c.engine.On("digest", func(ctx context.Context, item workflows.DueItem) error {
		digests++
		if item.Subject != "" || item.Number != "" {
			return fmt.Errorf("a digest is about %s", item.Number)
		}
		return c.store.DropDue(ctx, item.ID)
	})

	// An ERP calls it LV-1, and so is Tom's request called: neither is in the other's way.
	number := c.ask("tom", "annual 2026-12-01")
	id := workflows.SubjectID(uuid.Must(uuid.NewV7()).String())
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: "erp"}, Key: "first"}
	answer, err := c.moveParcel(cause, id, number, anna, 0)
	c.must(err)
	if answer.Number != "LV-1" || answer.Kind != "parcel" || answer.State != "on the way" {
		t.Errorf("the answer is %+v", answer)
	}
	again, err := c.moveParcel(cause, id, number, anna, 0)
	c.must(err)
	if !again.Repeated || again.Seq != 1 {
		t.Errorf("the same cause made %+v", again)
	}
	c.settle()
	screen := c.screen("anna").String()
	for _, part := range []string{"on the way", "包裹走了 1 站", "快一点"} {
		if !strings.Contains(screen, part) {
			t.Errorf("Anna does not see %q:\n%s", part, screen)
		}
	}
	for _, other := range []string{"tom", "zhou"} {
		if strings.Contains(c.screen(other).String(), "Parcel") {
			t.Errorf("%s sees the customer's parcel", other)
		}
	}

	// What falls due goes by the handler of its kind; a digest is about nothing.
	c.must(c.store.AddDue(t.Context(), workflows.Due{Kind: "digest", Key: "2026-11-25", At: c.engine.Now().Add(time.Minute)}))
	c.at(c.engine.Now().Add(61 * time.Minute))
	c.tick()
	c.tick()
	if fired != 1 || digests != 1 {
		t.Errorf("fired are %d items of the parcel and %d digests, want one of each", fired, digests)
	}
	screen = c.screen("anna").String()
	if !strings.Contains(screen, "arrived") || strings.Contains(screen, "on the way") {
		t.Errorf("the card was not edited in place:\n%s", screen)
	}
	if n := strings.Count(screen, "快一点"); n != 1 {
		t.Errorf("a notice that no longer holds went out: %d\n%s", n, screen)
	}
	if _, err := c.moveParcel(workflows.Cause{ChatUser: user("anna"), Key: "press"}, id, "", anna, 0); !errors.Is(err, &workflows.Error{Code: workflows.NotNow}) {
		t.Errorf("a parcel that has arrived moved on: %v", err)
	}

	// The audit: one chain for each subject, sealed and verified like any other.
	rows, err := c.store.Audit(t.Context(), id)
	c.must(err)
	var change parcelChange
	if len(rows) != 2 || rows[1].Actor.Kind != workflows.ClockParty || json.Unmarshal(rows[1].Values.Other, &change) != nil || change.Stops != 2 {
		t.Errorf("the audit is %+v", rows)
	}
	if refs, err := c.store.Find(t.Context(), "LV-1"); err != nil || len(refs) != 2 {
		t.Errorf("LV-1 is %v, %v", refs, err)
	}

	// To a contact there is no request, whatever they press and type.
	button := c.button("zhou", number, "approve")
	c.must(c.chat.PressOld(t.Context(), "anna", button))
	c.must(c.chat.Type(t.Context(), "anna", "/requests LV-1"))
	c.must(c.chat.Type(t.Context(), "anna", "/leave annual 2026-12-01"))
	if told := c.screen("anna"); told.Form != nil || strings.Contains(told.String(), "Tom") {
		t.Errorf("Anna learnt something:\n%s", told)
	}
	c.wantEvents(number, "submit")

	if diff := cmp.Diff(shell, c.columns()); diff != "" {
		t.Errorf("the shell has other columns (-want +got):\n%s", diff)
	}
	c.exec("DROP TABLE parcels")
}

// columns lists those of the shell.
func (c *company) columns() string {
	c.Helper()
	return value[string](c, `SELECT string_agg(t, E'\n' ORDER BY t) FROM (
		SELECT table_name || ': ' || string_agg(column_name, ' ' ORDER BY ordinal_position) AS t FROM information_schema.columns
		 WHERE table_schema = 'public' AND table_name IN ('subjects', 'cards', 'notices', 'due', 'audit', 'audit_values', 'causes', 'files', 'claims')
		 GROUP BY table_name) x`)
}

// shell is what every sort of subject shares. A column that only one of them needs belongs into a table of its own.
const shell = `audit: subject_id seq at event actor_kind actor_id for_id operator platform revision from_state to_state digest hash
audit_values: subject_id seq salt body
cards: id subject_id binding_id platform folded reference wanted shown revision hash redraw facts attempts lost next_at dead posted_at claimed_by again
causes: platform team user_id key subject_id answer at
claims: key subject_id
due: id kind key slot at subject_id party_kind party_id data attempts next_at claimed_by
files: id person_id subject_id name type size sha256 content added_at key
notices: id about seq party_kind party_id text args tone holds digest avoid binding_id platform attempts lost next_at sent_at claimed_by
subjects: id number kind definition state final revision digest seq changed_at audit_hash erased`

// parcelTexts are the words of parcels.
var parcelTexts = fstest.MapFS{
	"en.toml": {Data: []byte(`"parcel.moved" = "Your parcel has come {{.Stops}} stops."
"parcel.hurry" = "Hurry up."
`)},
	"zh.toml": {Data: []byte(`"parcel.moved" = "包裹走了 {{.Stops}} 站。"
"parcel.hurry" = "快一点。"
`)},
}
