package sample

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// All of the sample passes the importers, on any day, and loading it again changes nothing; a year later it only adds.
func TestLoad(t *testing.T) {
	s := storagetest.Open(t)
	leapDay := time.Date(2028, 2, 29, 23, 30, 0, 0, time.UTC)
	load := func(now time.Time) []string {
		t.Helper()
		if err := Load(t.Context(), s, now); err != nil {
			t.Fatal(err)
		}
		return picture(t, s, now)
	}
	first := load(leapDay)
	if again := load(leapDay.Add(time.Minute)); !slices.Equal(first, again) {
		t.Errorf("loaded twice:\n%q\n%q", first, again)
	}
	load(leapDay.AddDate(1, 0, 0))
}

func picture(t *testing.T, s *storage.Store, now time.Time) []string {
	t.Helper()
	people, err := s.ActivePeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range people {
		accounts, err := s.Ledgers(t.Context(), p.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := s.BoundPerson(t.Context(), workflows.ChatUser{Platform: web.Platform, Team: web.Team, User: p.No})
		if err != nil || bound.ID != p.ID {
			t.Errorf("the web chat's user %s is %+v (%v)", p.No, bound, err)
		}
		lines = append(lines, fmt.Sprint(p, accounts))
	}
	return lines
}

// The stories that people are shown need these.
func TestCompany(t *testing.T) {
	s := storagetest.Open(t)
	if err := Load(t.Context(), s, time.Now()); err != nil {
		t.Fatal(err)
	}
	people, err := s.ActivePeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byNo := map[string]workflows.Person{}
	roles := map[string]int{}
	for _, p := range people {
		byNo[p.No] = p
		for _, role := range p.Roles {
			roles[role]++
		}
	}
	org := workflows.NewOrg(people...)
	tom, kai := byNo["E003"], byNo["E011"]
	if tom.Name != "Tom Baker" || kai.Name != "周凯 Zhou Kai" || tom.Manager != kai.ID || org.Top(tom.ID) != byNo["E001"].ID {
		t.Errorf("Tom is %+v, Kai %+v", tom, kai)
	}
	for _, role := range []string{"director", "admin", "hr", "finance", "sales", "mentor"} {
		if roles[role] == 0 {
			t.Errorf("nobody holds the role %s", role)
		}
	}
}

// Contacts are not loaded yet, but stay what their importer will read.
func TestCustomers(t *testing.T) {
	now := time.Now()
	people, err := read("people.csv", storage.PeopleColumns, now)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := read("accounts.csv", storage.AccountColumns, now)
	if err != nil {
		t.Fatal(err)
	}
	contacts, err := read("contacts.csv", table.Required("account_no", "name", "email", "language"), now)
	if err != nil {
		t.Fatal(err)
	}
	column := func(t table.Table, name string) (cells []string) {
		for _, row := range t.Rows {
			cells = append(cells, row.Cell(name))
		}
		return cells
	}
	if len(accounts.Rows) != 3 {
		t.Errorf("%d key accounts, want 3", len(accounts.Rows))
	}
	for _, rep := range column(accounts, "rep_no") {
		if !slices.Contains(column(people, "employee_no"), rep) {
			t.Errorf("the rep %s is nobody", rep)
		}
	}
	for _, account := range column(accounts, "account_no") {
		if !slices.Contains(column(contacts, "account_no"), account) {
			t.Errorf("account %s has no contact", account)
		}
	}
	for _, account := range column(contacts, "account_no") {
		if !slices.Contains(column(accounts, "account_no"), account) {
			t.Errorf("a contact's account %s is none", account)
		}
	}
}
