package storage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// What no foreign key holds is found by VerifyAudit as soon as it names nothing.
func TestVerifyFindsWhatNamesNothing(t *testing.T) {
	s, owner := bound(t)
	lin, tom := person(t, s, "E1").ID, person(t, s, "E2").ID
	_, err := submit(t.Context(), s, by("E1", "ask"), func(f workflows.Facts, d *workflows.Decision) {
		d.Request.SentBy = lin
		d.Request.Turns = []workflows.Turn{{Revision: 1, Person: tom, For: lin, State: workflows.TurnOpen, OpenedAt: f.Now}}
		d.Turns = d.Request.Turns
		d.Hold = &workflows.Hold{Span: workflows.Span{Start: 10, End: 12}}
		d.Cards = []workflows.Party{tom.Party()}
		d.Notices = []workflows.Notice{{Party: tom.Party(), Text: "notice.asked"}}
		d.Due = []workflows.Due{{Kind: "remind", Key: "one", At: f.Now.Add(time.Hour), Subject: d.Subject.ID}}
	})
	must(t, err)
	loose := func() string {
		v, err := s.VerifyAudit(t.Context(), storage.Verification{})
		must(t, err)
		var list []string
		for _, l := range v.Loose {
			list = append(list, l.String())
		}
		return strings.Join(list, "\n")
	}
	if found := loose(); found != "" {
		t.Fatalf("as it was written: %s", found)
	}
	for _, r := range storage.References() {
		table, column := r[0], r[1]
		nothing, was := "987654321", value[string](t, owner, fmt.Sprintf("SELECT %s::text FROM %s", column, table))
		if strings.Contains(was, "-") {
			nothing = "00000000-0000-7000-8000-000000000000"
		}
		exec(t, owner, fmt.Sprintf("UPDATE %s SET %s = '%s'", table, column, nothing))
		want := fmt.Sprintf("%s: the %s of 1 row names nothing that exists", table, column)
		if found := loose(); !strings.Contains(found, want) {
			t.Errorf("it finds %q, want %q", found, want)
		}
		exec(t, owner, fmt.Sprintf("UPDATE %s SET %s = '%s'", table, column, was))
	}
	if found := loose(); found != "" {
		t.Errorf("as it was once more: %s", found)
	}
}

// Whoever serves deletes nothing that others name, in either set-up.
func TestWhatIsNamedStays(t *testing.T) {
	for what, db := range map[string]storagetest.Database{"one role": storagetest.New(t), "two roles": storagetest.NewSplit(t)} {
		first(t, db)
		serving := dial(t, db.URL)
		for _, table := range []string{"subjects", "requests", "people", "contacts", "bindings"} {
			for _, sql := range []string{"DELETE FROM " + table, "TRUNCATE " + table + " CASCADE"} {
				if _, err := serving.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
					t.Errorf("%s: %s: %v", what, sql, err)
				}
			}
		}
	}
}
