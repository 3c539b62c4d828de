package workflows_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

// rules.md §7, Money: a rate is exact, and nothing that could be two rates is taken for either.
func TestRateAsPeopleWriteIt(t *testing.T) {
	for _, c := range []struct{ typed, want string }{ // the rate, or the key of the refusal
		{"7.8234", "7.8234"}, {"7.823", "7.823"}, {"1", "1"}, {"1.0000000000", "1"}, {"0.0000000001", "0.0000000001"}, {" 17281.5 ", "17281.5"},
		{"7,8234", "7.8234"}, {"7,82", "7.82"}, {"17,281.5", "17281.5"}, {"17.281,5", "17281.5"}, {"17 281,5", "17281.5"}, {"007.5", "7.5"},
		{"７．８２３４", "7.8234"}, {"99999999.9999999999", "99999999.9999999999"}, {"1,234,567", "1234567"},

		{"7,823", "number.unclear"}, {"1,2,3", "number.unclear"}, {"1 2", "number.unclear"}, {"-7.8", "number.invalid"}, {"+7.8", "number.invalid"},
		{"", "number.invalid"}, {"7.", "number.invalid"}, {".8", "number.invalid"}, {"7e2", "number.invalid"}, {"NaN", "number.invalid"},
		{"0", "rate.positive"}, {"0.0000000000", "rate.positive"}, {"0,0", "rate.positive"}, {"0.00000000001", "rate.decimals"},
		{"7.12345678901", "rate.decimals"}, {"100000000", "rate.large"}, {"99999999999999999999.5", "rate.large"},
	} {
		r, err := workflows.ParseRate(c.typed)
		var refusal *workflows.Error
		switch {
		case errors.As(err, &refusal):
			if refusal.Text != c.want || refusal.Code != workflows.Invalid {
				t.Errorf("%q is refused as %s, want %s", c.typed, refusal.Text, c.want)
			}
		case err != nil:
			t.Errorf("%q: %v", c.typed, err)
		case r.String() != c.want:
			t.Errorf("%q is %s, want %s", c.typed, r, c.want)
		}
	}
	if r := workflows.Rate(-15_000_000_000); r.String() != "-1.5" {
		t.Errorf("%s", r)
	}
}

func TestConvert(t *testing.T) {
	money := func(minor int64, code string) workflows.Money { return workflows.Money{Minor: minor, Currency: code} }
	rate := func(typed string) workflows.Rate {
		r, err := workflows.ParseRate(typed)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		m          workflows.Money
		to         string
		from, into string
		want       string
	}{
		{money(10000, "EUR"), "CNY", "1", "7.8234", "782.34 CNY"}, {money(78234, "CNY"), "EUR", "7.8234", "1", "100.00 EUR"},
		{money(10000, "USD"), "CNY", "1.08", "7.8", "722.22 CNY"}, {money(10000, "JPY"), "CNY", "160", "8", "500.00 CNY"},
		{money(10001, "CNY"), "JPY", "8", "160", "2000 JPY"}, {money(1000, "KWD"), "USD", "0.3", "1", "3.33 USD"},
		{money(1, "EUR"), "CNY", "1", "0.5", "0.01 CNY"}, {money(-1, "EUR"), "CNY", "1", "0.5", "-0.01 CNY"}, // half a unit
		{money(1, "EUR"), "CNY", "1", "0.4999999999", "0.00 CNY"}, {money(0, "EUR"), "CNY", "1", "7.8", "0.00 CNY"},
		{money(math.MaxInt64, "CNY"), "CNY", "7.8", "7.8", "92233720368547758.07 CNY"},
	} {
		got, err := workflows.Convert(c.m, c.to, rate(c.from), rate(c.into))
		if err != nil || got.String() != c.want {
			t.Errorf("%s at %s and %s is %s, %v; want %s", c.m, c.from, c.into, got, err, c.want)
		}
	}
	one := workflows.BaseRate
	for _, c := range []struct {
		m          workflows.Money
		to         string
		from, into workflows.Rate
	}{
		{money(math.MaxInt64, "EUR"), "CNY", one, 2 * one}, {money(math.MinInt64, "EUR"), "CNY", one, 2 * one}, {money(1, "EUR"), "CNY", 0, one},
		{money(1, "EUR"), "CNY", one, -1}, {money(1, "EUR"), "EUR", one, 2 * one}, {money(1, "EUR"), "XYZ", one, one}, {money(1, ""), "EUR", one, one},
	} {
		if got, err := workflows.Convert(c.m, c.to, c.from, c.into); err == nil {
			t.Errorf("%s to %s by %s and %s is %s", c.m, c.to, c.from, c.into, got)
		}
	}
}

// anyRate is one of as many digits as another, so that small ones come as often as large ones.
func anyRate() *rapid.Generator[workflows.Rate] {
	return rapid.Custom(func(t *rapid.T) workflows.Rate {
		digits := rapid.IntRange(1, 18).Draw(t, "digits")
		return workflows.Rate(rapid.Int64Range(1, int64(math.Pow10(digits))-1).Draw(t, "rate"))
	})
}

var someCurrencies = rapid.SampledFrom([]string{"CNY", "EUR", "USD", "JPY", "KWD", "IDR", "GBP"})

// exact is what a conversion would be without rounding, in minor units.
func exact(m workflows.Money, to string, from, into workflows.Rate) *big.Rat {
	places := func(code string) *big.Int {
		n, _ := workflows.Decimals(code)
		return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	}
	r := new(big.Rat).SetFrac(big.NewInt(m.Minor), places(m.Currency))
	r.Mul(r, big.NewRat(int64(into), int64(from)))
	return r.Mul(r, new(big.Rat).SetInt(places(to)))
}

// A conversion is within half a minor unit of the exact amount, a half itself going away from zero; one that does not fit is an
// error, and nothing else is.
func TestConvertIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := workflows.Money{Minor: rapid.Int64().Draw(t, "minor"), Currency: someCurrencies.Draw(t, "currency")}
		to, from, into := someCurrencies.Draw(t, "to"), anyRate().Draw(t, "from"), anyRate().Draw(t, "into")
		if m.Currency == to {
			into = from
		}
		want := exact(m, to, from, into)
		half := big.NewRat(1, 2)
		got, err := workflows.Convert(m, to, from, into)
		if err != nil {
			most := new(big.Rat).Sub(new(big.Rat).SetInt64(math.MaxInt64), half)
			if new(big.Rat).Abs(want).Cmp(most) < 0 {
				t.Fatalf("%s is refused: %v", want.FloatString(3), err)
			}
			return
		}
		if got.Currency != to {
			t.Fatalf("%s", got)
		}
		away := new(big.Rat).Sub(new(big.Rat).SetInt64(got.Minor), want)
		if want.Sign() < 0 {
			away.Neg(away)
		}
		if away.Cmp(half) > 0 || away.Cmp(new(big.Rat).Neg(half)) <= 0 {
			t.Fatalf("%s at %s and %s is %s, exactly %s", m, from, into, got, want.FloatString(3))
		}
		if got.Minor != math.MinInt64 && m.Minor != math.MinInt64 {
			back, err := workflows.Convert(workflows.Money{Minor: -m.Minor, Currency: m.Currency}, to, from, into)
			if err != nil || back.Minor != -got.Minor {
				t.Fatalf("%s at %s and %s is %s, its reversal %s, %v", m, from, into, got, back, err)
			}
		}
	})
}

// There and back again is within one minor unit of the coarser of the two currencies.
func TestConvertThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := workflows.Money{Minor: rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), Currency: someCurrencies.Draw(t, "currency")}
		to := someCurrencies.Filter(func(code string) bool { return code != m.Currency }).Draw(t, "to")
		from, into := anyRate().Draw(t, "from"), anyRate().Draw(t, "into")
		there, err := workflows.Convert(m, to, from, into)
		if err != nil {
			return
		}
		back, err := workflows.Convert(there, m.Currency, into, from)
		if err != nil {
			t.Fatal(err)
		}
		unit := exact(workflows.Money{Minor: 1, Currency: to}, m.Currency, into, from) // what one minor unit of the other is worth
		if one := big.NewRat(1, 1); unit.Cmp(one) < 0 {
			unit = one
		}
		if lost := new(big.Rat).SetInt64(back.Minor - m.Minor); lost.Abs(lost).Cmp(unit) > 0 {
			t.Fatalf("%s is %s and then %s", m, there, back)
		}
	})
}

// Whoever claims more is not paid less, and a higher rate does not make less of an amount.
func TestConvertIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		from, into, higher := anyRate().Draw(t, "from"), anyRate().Draw(t, "into"), anyRate().Draw(t, "higher")
		in := func(minor int64, at workflows.Rate) (int64, bool) {
			m, err := workflows.Convert(workflows.Money{Minor: minor, Currency: "USD"}, "CNY", from, at)
			return m.Minor, err == nil
		}
		x, xFits := in(min(a, b), into)
		y, yFits := in(max(a, b), into)
		if xFits && yFits && x > y {
			t.Fatalf("%d is %d, but %d is %d", min(a, b), x, max(a, b), y)
		}
		x, xFits = in(max(a, 0), min(into, higher))
		y, yFits = in(max(a, 0), max(into, higher))
		if xFits && yFits && x > y {
			t.Fatalf("%d at %s is %d, but at %s %d", max(a, 0), min(into, higher), x, max(into, higher), y)
		}
		if yFits && !xFits {
			t.Fatalf("%d at %s does not fit, but at %s", max(a, 0), min(into, higher), max(into, higher))
		}
	})
}

func TestCrossRate(t *testing.T) {
	for _, c := range []struct{ rate, base, want string }{
		{"1", "7.8234", "0.1278216632"}, {"1.0841", "7.8234", "0.1385714651"}, {"7.8234", "7.8234", "1"}, {"17281.5", "0.5", "34563"},
	} {
		rate, _ := workflows.ParseRate(c.rate)
		base, _ := workflows.ParseRate(c.base)
		if got, err := workflows.CrossRate(rate, base); err != nil || got.String() != c.want {
			t.Errorf("%s for one of %s is %s, %v; want %s", c.rate, c.base, got, err, c.want)
		}
	}
	one := workflows.BaseRate
	for _, c := range [][2]workflows.Rate{{1, 3 * one}, {0, one}, {one, 0}, {-one, one}, {99_999_999 * one, one / 2}, {math.MaxInt64, 1}} {
		if got, err := workflows.CrossRate(c[0], c[1]); err == nil {
			t.Errorf("%s for %s is %s", c[0], c[1], got)
		}
	}
}

// The rate of the base is one on each day; another's is the imported one, unless that is for another base.
func TestRateOfFacts(t *testing.T) {
	monday := workflows.Date{Year: 2026, Month: 11, Day: 30}
	usd := workflows.QuotedRate{Rate: 1_384_000_000, Date: monday.AddDays(-3), Base: "CNY"}
	f := workflows.Facts{Rates: map[workflows.RateWanted]workflows.QuotedRate{{Currency: "USD", Date: monday}: usd}}
	for _, c := range []struct {
		currency, base string
		on             workflows.Date
		want           workflows.QuotedRate
	}{
		{"USD", "CNY", monday, usd}, {"CNY", "CNY", monday, workflows.QuotedRate{Rate: workflows.BaseRate, Date: monday, Base: "CNY"}},
		{"USD", "EUR", monday, workflows.QuotedRate{}}, {"USD", "CNY", monday.AddDays(1), workflows.QuotedRate{}}, {"EUR", "CNY", monday, workflows.QuotedRate{}},
	} {
		if got, ok := f.Rate(c.currency, c.on, c.base); got != c.want || ok != (c.want.Rate > 0) {
			t.Errorf("%s for one %s on %s is %+v, %v", c.currency, c.base, c.on, got, ok)
		}
	}
	a := workflows.RateWanted{Currency: "USD", Date: monday}
	b := workflows.RateWanted{Currency: "EUR", Date: monday}
	both := workflows.Wants{Rates: []workflows.RateWanted{a}}.And(workflows.Wants{Rates: []workflows.RateWanted{a, b}})
	if len(both.Rates) != 2 || both.Rates[0] != a || both.Rates[1] != b {
		t.Errorf("both want %v", both.Rates)
	}
}

// What is taken for a rate is above zero, and is the same when it is read again as it is written.
func FuzzParseRate(f *testing.F) {
	for _, typed := range []string{"7.8234", "7,8234", "17,281.5", "７．８", "0", "-1", "1e5", "99999999.9999999999", "100000000", "0.00000000001", "1'000.5", ""} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		r, err := workflows.ParseRate(typed)
		var refused *workflows.Error
		switch {
		case errors.As(err, &refused):
			return
		case err != nil:
			t.Fatalf("%q: %v is no sentence for whoever typed it", typed, err)
		case r <= 0 || r >= 1_000_000_000_000_000_000:
			t.Fatalf("%q is %d", typed, r)
		}
		if again, err := workflows.ParseRate(r.String()); err != nil || again != r {
			t.Errorf("%q is %s, and that is %s, %v", typed, r, again, err)
		}
	})
}
