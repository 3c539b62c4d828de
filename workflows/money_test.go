package workflows_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

// rules.md §7, Money: the forms in which people write amounts, and those that nobody could read for sure.
func TestMoneyAsPeopleWriteIt(t *testing.T) {
	for _, c := range []struct {
		typed, currency, want string // an amount, or the key of the refusal
	}{
		{"86.50", "CNY", "86.50"}, {"86.5", "CNY", "86.50"}, {"86", "CNY", "86.00"}, {"0.01", "CNY", "0.01"}, {" 1205 ", "EUR", "1205.00"},
		{"291,56", "EUR", "291.56"}, {"1,205.91", "USD", "1205.91"}, {"1 205,91", "EUR", "1205.91"}, {"1.205,91", "EUR", "1205.91"},
		{"1\u00a0205,91", "EUR", "1205.91"}, {"1\u202f205,91", "EUR", "1205.91"}, {"1'205.91", "CHF", "1205.91"}, {"1 205", "EUR", "1205.00"},
		{"1,205,300", "CNY", "1205300.00"}, {"1.205.300", "EUR", "1205300.00"}, {"1,205,300.5", "CNY", "1205300.50"}, {"007", "CNY", "7.00"},
		{"８６．５０", "CNY", "86.50"}, {"１，２０５．９１", "CNY", "1205.91"}, {"100", "JPY", "100"}, {"1.205", "KWD", "1.205"}, {"5", "KWD", "5.000"},
		{"¥38", "CNY", "38.00"}, {"38元", "CNY", "38.00"}, {"38 块", "CNY", "38.00"}, {"￥38.5", "CNY", "38.50"}, {"¥100", "JPY", "100"},
		{"12 EUR", "EUR", "12.00"}, {"eur 12", "EUR", "12.00"}, {"€12", "EUR", "12.00"}, {"$12", "USD", "12.00"}, {"$12", "SGD", "12.00"},

		{"1,205", "CNY", "number.unclear"}, {"1.205", "EUR", "number.unclear"}, {"1,205", "KWD", "number.unclear"}, {"1,2,3", "CNY", "number.unclear"},
		{"12.345", "CNY", "number.unclear"}, {"1 20", "CNY", "number.unclear"}, {"1234,567.00", "CNY", "number.unclear"},
		{"1.205,300.00", "CNY", "number.unclear"}, {"12,345.678", "CNY", "money.decimals"}, {"12.3456", "CNY", "money.decimals"},
		{"100.5", "JPY", "money.decimals"}, {"0", "CNY", "money.positive"}, {"0.00", "CNY", "money.positive"}, {"000", "JPY", "money.positive"},
		{"-5", "CNY", "number.invalid"}, {"+5", "CNY", "number.invalid"}, {"NaN", "CNY", "number.invalid"}, {"Inf", "CNY", "number.invalid"},
		{"1e309", "CNY", "number.invalid"}, {"0x10", "CNY", "number.invalid"}, {"", "CNY", "number.invalid"}, {"5.", "CNY", "number.invalid"},
		{".5", "CNY", "number.invalid"}, {"five", "CNY", "number.invalid"}, {"5,,5", "CNY", "number.invalid"}, {"٣", "CNY", "number.invalid"},
		{"12345678901234567890", "CNY", "money.large"}, {"1234567890123", "JPY", "money.large"},
		{"12 EUR", "CNY", "money.currency"}, {"€12", "CNY", "money.currency"}, {"12 EUR EUR", "EUR", "number.invalid"}, {"12 XYZ", "EUR", "number.invalid"},
		{"12", "XYZ", "money.unknown"}, {"12", "cny", "money.unknown"}, {"12", "", "money.unknown"},
	} {
		m, err := workflows.ParseMoney(c.typed, c.currency)
		var refusal *workflows.Error
		switch {
		case errors.As(err, &refusal):
			if refusal.Text != c.want || refusal.Code != workflows.Invalid {
				t.Errorf("%q %s is refused as %s, want %s", c.typed, c.currency, refusal.Text, c.want)
			}
		case err != nil:
			t.Errorf("%q %s: %v", c.typed, c.currency, err)
		case m.Amount() != c.want || m.String() != c.want+" "+c.currency:
			t.Errorf("%q %s is %s, want %s", c.typed, c.currency, m, c.want)
		}
	}
}

// Whatever is written by Amount is read as the same, whatever the currency's decimals.
func TestMoneyComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := workflows.Money{Minor: rapid.Int64Range(1, 999_999_999_999).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]string{"CNY", "EUR", "USD", "JPY", "CHF", "GBP"}).Draw(t, "currency")}
		if got, err := workflows.ParseMoney(m.Amount(), m.Currency); err != nil || got != m {
			t.Fatalf("%s came back as %s: %v", m, got, err)
		}
	})
}

func TestMoneySums(t *testing.T) {
	cny := func(minor int64) workflows.Money { return workflows.Money{Minor: minor, Currency: "CNY"} }
	if sum, err := cny(1).Add(cny(2)); err != nil || sum != cny(3) {
		t.Errorf("1 + 2 is %v, %v", sum, err)
	}
	for _, c := range [][2]workflows.Money{{cny(math.MaxInt64), cny(1)}, {cny(math.MinInt64), cny(-1)}, {cny(1), {Minor: 1, Currency: "EUR"}}} {
		if sum, err := c[0].Add(c[1]); err == nil {
			t.Errorf("%s and %s make %s", c[0], c[1], sum)
		}
	}
	if sum, err := cny(5).Add(cny(-7)); err != nil || sum.Amount() != "-0.02" {
		t.Errorf("5 - 7 is %v, %v", sum, err)
	}
}

// What is taken for an amount is above zero, has no more digits than fit, and is the same when it is read again as forms and people write it.
func FuzzParseMoney(f *testing.F) {
	for _, typed := range []string{"86.50", "1,205.91", "1 205,91", "１，２０５．９１", "¥38", "38 块", "12 EUR", "eur 12", "1.205.300", "1'205", "", "-5", "1e309", "0", "123456789012.99"} {
		for _, code := range []string{"CNY", "JPY", "KWD", "EUR", "XYZ"} {
			f.Add(typed, code)
		}
	}
	f.Fuzz(func(t *testing.T, typed, code string) {
		m, err := workflows.ParseMoney(typed, code)
		var refused *workflows.Error
		switch {
		case errors.As(err, &refused):
			return
		case err != nil:
			t.Fatalf("%q %q: %v is no sentence for whoever typed it", typed, code, err)
		case m.Currency != code || m.Minor <= 0 || m.Minor >= 10_000_000_000_000_000:
			t.Fatalf("%q %q is %+v", typed, code, m)
		}
		for _, again := range []string{m.Amount(), m.String()} {
			if n, err := workflows.ParseMoney(again, code); err != nil || n != m {
				t.Errorf("%q %q is %s, and that is %+v, %v", typed, code, again, n, err)
			}
		}
	})
}
