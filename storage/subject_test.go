package storage_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

func violates(t *testing.T, err error, constraint string) {
	t.Helper()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.ConstraintName != constraint {
		t.Errorf("got %v, want a violation of %s", err, constraint)
	}
}

// order is a sort of subject with no tables of its own, whose number comes from outside.
type order struct {
	number string
	told   workflows.Party
	c      workflows.Change
}

func (order) Locks(*storage.Trip)  {}
func (order) Load(*storage.Trip)   {}
func (order) Write(*storage.Trip)  {}
func (order) Violated(error) error { return nil }

func (o order) Decide(s workflows.Subject, actor workflows.Actor, _ *workflows.Shown) (workflows.Outcome, error) {
	if o.c.Subject == "" {
		s.Ref, s.Revision = workflows.Ref{Kind: "order", ID: workflows.SubjectID(uuid.NewString()), Number: o.number}, 1
	}
	before := s.State
	s.State, s.Seq, s.ChangedAt = "paid", s.Seq+1, o.c.Now
	out := workflows.Outcome{Subject: s, Told: workflows.Answer{Ref: s.Ref, State: s.State, Seq: s.Seq}}
	out.Audit = workflows.AuditRow{Subject: s.ID, Seq: s.Seq, At: o.c.Now, Event: "pay", Actor: actor.Party, Platform: actor.Platform,
		Revision: 1, From: before, To: s.State}
	if o.told != (workflows.Party{}) {
		out.Cards = []workflows.Party{o.told, o.told}
		out.Notices = []workflows.Notice{{Party: o.told, Text: "notice.paid"}}
	}
	return out, nil
}

func (o order) change(t *testing.T, s *storage.Store, key string, id workflows.SubjectID) (workflows.Answer, error) {
	o.c = on(id, "E1", key)
	return s.Change(t.Context(), o.c, func() storage.Part { return o })
}

// An ERP numbers its orders as it likes, also as requests are numbered. Within a kind a number is one subject's.
func TestNumbersAreUniqueWithinAKind(t *testing.T) {
	s, _ := bound(t)
	request, err := submit(t.Context(), s, by("E1", "request"), nil)
	must(t, err)
	its, err := order{number: request.Number}.change(t, s, "order", "")
	must(t, err)
	refs, err := s.Find(t.Context(), request.Number)
	must(t, err)
	want := []workflows.Ref{{Kind: "order", ID: its.ID, Number: "TX-1"}, {Kind: "test", ID: request.ID, Number: "TX-1"}}
	if len(refs) != 2 || refs[0] != want[0] || refs[1] != want[1] {
		t.Errorf("%s is %+v, want %+v", request.Number, refs, want)
	}
	_, err = order{number: request.Number}.change(t, s, "once more", "")
	violates(t, err, "subjects_number_kind_key")
	if _, err = s.Request(t.Context(), its.ID); !errors.Is(err, &workflows.Error{Code: workflows.NotFound}) {
		t.Errorf("an order is a request: %v", err)
	}
	_, err = press(t.Context(), s, on(its.ID, "E1", "approve an order"), nil)
	wantCode(t, err, workflows.NotFound)
}

// Whatever has a story is shown and told of in the same way, and to a contact as to a person.
func TestTheShellKnowsNoKind(t *testing.T) {
	s, owner := bound(t)
	exec(t, owner, "INSERT INTO contacts (name, language, timezone) VALUES ('孙丽 Sun Li', 'zh', 'Asia/Shanghai')")
	sun := workflows.Party{Kind: workflows.ContactParty, ID: 1}
	must(t, s.Bind(t.Context(), sun, slack("U7"), importedAt))
	o := order{number: "4711", told: sun}
	placed, err := o.change(t, s, "place", "")
	must(t, err)
	paid, err := o.change(t, s, "pay", placed.ID)
	must(t, err)
	if paid.Number != "4711" || paid.Seq != 2 {
		t.Errorf("told: %+v", paid)
	}
	claim := workflows.Claim{Platform: "slack", Oldest: 9}
	posts, err := s.ClaimPosts(t.Context(), claim)
	must(t, err)
	notices, err := s.ClaimNotices(t.Context(), claim)
	must(t, err)
	if len(posts) != 2 || len(notices) != 2 {
		t.Fatalf("%d posts, %d notices", len(posts), len(notices))
	}
	ref := workflows.Ref{Kind: "order", ID: placed.ID, Number: "4711"}
	to := workflows.Chat{Party: sun, Language: "zh", Zone: "Asia/Shanghai", ChatUser: slack("U7"), Binding: posts[0].To.Binding}
	if posts[0].Subject != ref || posts[0].To != to || posts[0].Folded == posts[1].Folded {
		t.Errorf("posts are %+v", posts)
	}
	if notices[0].Subject != ref || notices[0].To != to || notices[0].Notice.Text != "notice.paid" {
		t.Errorf("notices are %+v", notices)
	}
	if v, err := s.VerifyAudit(t.Context(), storage.Verification{}); err != nil || len(v.Broken) > 0 || v.Records != 2 {
		t.Errorf("the audit is %+v (%v)", v, err)
	}
}
