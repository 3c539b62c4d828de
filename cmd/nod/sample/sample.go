// Package sample is the company that people meet in the demonstration: Lantern Trading, fourteen people in Shanghai, Berlin and New
// York and three key accounts, all invented. It lies in the same CSV files that an administrator imports, except that dates are written
// relative to today: {{year 1}} is next year, {{today -20}} the date twenty days ago.
package sample

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/template"
	"time"

	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

//go:embed *.csv
var files embed.FS

// Load imports the sample's people, balances and accounts and makes each person known to the web chat under their
// employee number. It may be repeated.
func Load(ctx context.Context, store *storage.Store, now time.Time) error {
	rules := policy.Default()
	people, err := read("people.csv", storage.PeopleColumns, now)
	if err != nil {
		return err
	}
	held := storage.PeopleRules{Patterns: slices.Collect(maps.Keys(rules.Patterns()))}
	if err := apply(ctx, "people.csv", store.ImportPeople(people, held, now)); err != nil {
		return err
	}
	balances, err := read("balances.csv", storage.BalanceColumns, now)
	if err != nil {
		return err
	}
	if err := apply(ctx, "balances.csv", store.ImportBalances(balances, rules.Units, now)); err != nil {
		return err
	}
	accounts, err := read("accounts.csv", storage.AccountColumns, now)
	if err != nil {
		return err
	}
	if err := apply(ctx, "accounts.csv", store.ImportAccounts(accounts)); err != nil {
		return err
	}
	for _, row := range people.Rows {
		p, err := store.PersonByNo(ctx, row.Cell("employee_no"))
		if err != nil {
			return err
		}
		if err := store.Bind(ctx, p.ID.Party(), workflows.ChatUser{Platform: web.Platform, Team: web.Team, User: p.No}, now); err != nil {
			return err
		}
	}
	return nil
}

func apply(ctx context.Context, name string, i storage.Import) error {
	plan, err := i.Apply(ctx)
	if err != nil {
		return err
	}
	return faulty(name, plan.Faults)
}

// read fills a file's dates in and reads it.
func read(name string, columns []table.Column, now time.Time) (table.Table, error) {
	content, err := dated(name, now)
	if err != nil {
		return table.Table{}, err
	}
	t, faults := table.Read(content, columns)
	return t, faulty(name, faults)
}

func dated(name string, now time.Time) (io.Reader, error) {
	today := workflows.DateOf(now.UTC())
	dates := template.FuncMap{
		"today": func(days int) string { return today.AddDays(days).String() },
		"year": func(later ...int) int {
			if len(later) == 0 {
				return today.Year
			}
			return today.Year + later[0]
		},
	}
	t, err := template.New(name).Funcs(dates).ParseFS(files, name)
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	return &filled, t.Execute(&filled, nil)
}

func faulty(name string, faults []table.Fault) error {
	var list []error
	for _, f := range faults {
		list = append(list, fmt.Errorf("%s: %s", name, f))
	}
	return errors.Join(list...)
}
