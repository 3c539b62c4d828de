package storage

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

const accountColumns = `a.account_no, a.name, a.ka, coalesce(a.rep_id, 0), a.language, a.timezone`

const sqlAccounts = `SELECT ` + accountColumns + ` FROM accounts a WHERE a.account_no = ANY (@accounts::text[])`

func accountDest(a *workflows.Account) []any {
	return []any{&a.No, &a.Name, &a.KA, &a.Rep, &a.Language, &a.Zone}
}

// loadAccounts queues the accounts that are wanted.
func loadAccounts(trip *Trip, numbers []string, f *workflows.Facts) {
	f.Accounts = map[string]workflows.Account{}
	var a workflows.Account
	queue(trip, sqlAccounts, args{"accounts": numbers}, each(func() { f.Accounts[a.No] = a }, accountDest(&a)...))
}

// What somebody typed is a number, else a name, else a part of one: what fits best hides the rest. Names are searched row by row, since a
// company has some thousands of accounts at most and this happens while a form is filled in, never in a transaction.
const sqlFindAccounts = `
SELECT ` + accountColumns + `,
       CASE WHEN lower(a.account_no) = lower(@typed) THEN 0 WHEN lower(a.name) = lower(@typed) THEN 1 ELSE 2 END AS fit
  FROM accounts a
 WHERE lower(a.account_no) = lower(@typed) OR a.name ILIKE @pattern
 ORDER BY fit, a.account_no
 LIMIT @limit`

// FindAccounts lists the accounts that somebody may mean by what they typed: its number, its name or a part of that.
func (s *Store) FindAccounts(ctx context.Context, typed string, limit int) ([]workflows.Account, error) {
	var found []workflows.Account
	var a workflows.Account
	var fit int
	best := -1
	rows, err := s.pool.Query(ctx, sqlFindAccounts, typedArgs(typed, limit))
	if err != nil {
		return nil, unread(err)
	}
	err = each(func() {
		if best < 0 {
			best = fit
		}
		if fit == best {
			found = append(found, a)
		}
	}, append(accountDest(&a), &fit)...).rows(rows)
	return found, unread(err)
}

var likeSigns = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// typedArgs are what a search for a name takes. What is typed means nothing but itself.
func typedArgs(typed string, limit int) args { return with(nameArgs(typed), args{"limit": limit}) }

func nameArgs(typed string) args {
	return args{"typed": typed, "pattern": "%" + likeSigns.Replace(typed) + "%"}
}
