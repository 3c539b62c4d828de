package storage_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// A rate is the newest of its date or up to ten days before, with the day that it is of; one that is missing is not guessed. The date and
// currency of a form can be anything that is one.
func TestRates(t *testing.T) {
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	exec(t, owner, `INSERT INTO rates (currency, date, base, per_base) VALUES
		('USD', '2026-11-25', 'CNY', 1384000000), ('USD', '2026-11-27', 'CNY', 1385000000), ('USD', '2026-12-10', 'CNY', 1), ('USD', '2026-12-11', 'EUR', 10841000000),
		('IDR', '2026-11-27', 'CNY', 23104500000000)`)
	day := func(d int) workflows.Date { return workflows.Date{Year: 2026, Month: 11, Day: 0}.AddDays(d) }
	wanted := func(currency string, d int) workflows.RateWanted {
		return workflows.RateWanted{Currency: currency, Date: day(d)}
	}
	cny := func(rate workflows.Rate, d int) workflows.QuotedRate {
		return workflows.QuotedRate{Rate: rate, Date: day(d), Base: "CNY"}
	}
	want := map[workflows.RateWanted]workflows.QuotedRate{
		wanted("USD", 25): cny(1384000000, 25), wanted("USD", 26): cny(1384000000, 25), // the day before has one
		wanted("USD", 27): cny(1385000000, 27), wanted("USD", 29): cny(1385000000, 27), // a Sunday
		wanted("USD", 37): cny(1385000000, 27), wanted("USD", 40): cny(1, 40), // ten days, and on the day itself
		wanted("USD", 41): {Rate: 10841000000, Date: day(41), Base: "EUR"}, wanted("IDR", 30): cny(23104500000000, 27),
	}
	wants := workflows.Wants{Rates: []workflows.RateWanted{wanted("USD", 24), wanted("USD", 38), wanted("IDR", 26), wanted("EUR", 27), wanted("", 27),
		wanted("$';--", 27), {Currency: "USD", Date: workflows.Date{Year: 1900, Month: 1, Day: 1}}}}
	for w := range want {
		wants.Rates = append(wants.Rates, w)
	}
	f, err := s.Facts(t.Context(), "", 0, wants, importedAt)
	must(t, err)
	if !maps.Equal(f.Rates, want) {
		t.Errorf("the rates are\n%v, want\n%v", f.Rates, want)
	}
	if f, err = s.Facts(t.Context(), "", 0, workflows.Wants{}, importedAt); err != nil || f.Rates != nil {
		t.Errorf("nobody wanted %v, %v", f.Rates, err)
	}
}

// The rates of fifty lines are looked up one by one, however many there are: thirty currencies of twenty years are as fast as those of a month.
func TestRatesReadNoMoreThanIsWanted(t *testing.T) {
	conn := dial(t, storagetest.New(t).Owner)
	exec(t, conn, "SET plan_cache_mode = force_generic_plan") // as the program does
	exec(t, conn, `INSERT INTO rates (currency, date, base, per_base)
		SELECT chr(65 + n % 26) || chr(65 + n / 26) || 'Q', date '2007-01-01' + d, 'CNY', 1 FROM generate_series(0, 29) n, generate_series(0, 7300) d`)
	currencies, dates := []string{}, []string{}
	for line := range 50 {
		currencies = append(currencies, fmt.Sprintf("%c%cQ", 'A'+line%26, 'A'+line%30/26))
		dates = append(dates, fmt.Sprintf("2026-%02d-%02d", line%12+1, line%28+1))
	}
	given := pgx.NamedArgs{"currencies": "'{" + strings.Join(currencies, ",") + "}'", "dates": "'{" + strings.Join(dates, ",") + "}'", "days": "10"}
	sql, values, err := given.RewriteQuery(t.Context(), conn, constants(t, ".")["sqlRates"], nil)
	must(t, err)
	list := ""
	for _, v := range values {
		list += fmt.Sprint(", ", v)
	}
	exec(t, conn, "PREPARE rates AS "+sql)
	for _, when := range []string{"uncounted", "counted"} {
		if when == "counted" {
			exec(t, conn, "VACUUM ANALYZE rates")
		}
		var explained []struct {
			Plan struct {
				Hit  int `json:"Shared Hit Blocks"`
				Read int `json:"Shared Read Blocks"`
				Rows int `json:"Actual Rows"`
			}
		}
		plan := value[string](t, conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) EXECUTE rates("+list[2:]+")")
		must(t, json.Unmarshal([]byte(plan), &explained))
		if got := explained[0].Plan; got.Rows != 50 || got.Hit+got.Read > 50*5 {
			t.Errorf("%s: %d pages for %d rates\n%s", when, got.Hit+got.Read, got.Rows, plan)
		}
	}
}
