package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Money is an amount in the minor units of its currency: 8650 of CNY are 86.50 yuan.
type Money struct {
	Minor    int64
	Currency string // ISO 4217, as CNY
}

// maxWhole is how many digits of whole units an amount may have: what is longer is a slip of the finger, and sums of these fit.
const maxWhole = 12

// Decimals is how many decimals a currency has by the Unicode CLDR, which is what people use: ISO 4217 still has two for the Indonesian
// rupiah. False when there is no such currency.
func Decimals(code string) (int, bool) {
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code {
		return 0, false
	}
	scale, _ := currency.Standard.Rounding(unit)
	return scale, true
}

// currencySigns are the signs that people write for a currency, each with those it may stand for.
var currencySigns = map[string][]string{
	"¥": {"CNY", "JPY"}, "￥": {"CNY", "JPY"}, "元": {"CNY"}, "块": {"CNY"}, "块钱": {"CNY"}, "人民币": {"CNY"}, "RMB": {"CNY"}, "円": {"JPY"},
	"€": {"EUR"}, "欧元": {"EUR"}, "£": {"GBP"}, "美元": {"USD"}, "$": {"USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"},
}

// CurrencySigns lists what people write for a currency: its code and its signs.
func CurrencySigns(code string) []string {
	signs := []string{code}
	for sign, codes := range currencySigns {
		if slices.Contains(codes, code) {
			signs = append(signs, sign)
		}
	}
	slices.Sort(signs[1:])
	return signs
}

// ParseMoney reads an amount above zero as people write it, with or without its currency: 86.50, 1,205.91, 291,56, ¥38, 12 EUR. Refused,
// each with its sentence, are: what is no number (number.invalid) or could be two (number.unclear), zero (money.positive), more decimals
// than the currency has (money.decimals), more than twelve digits (money.large), another currency than the one meant (money.currency), and
// a currency that does not exist (money.unknown).
func ParseMoney(typed, code string) (Money, error) {
	places, known := Decimals(code)
	if !known {
		return Money{}, Refuse(Invalid, "money.unknown", Args{"Currency": Cut(code, 10)})
	}
	number, codes := splitCurrency(typed)
	if codes != nil && !slices.Contains(codes, code) {
		return Money{}, Refuse(Invalid, "money.currency", Args{"Value": Cut(strings.TrimSpace(typed), 40), "Currency": code})
	}
	whole, fraction, fault := decimal(number, places)
	if fault != nil {
		return Money{}, fault
	}
	if len(fraction) > places {
		return Money{}, Refuse(Invalid, "money.decimals", Args{
			"Value": Cut(strings.TrimSpace(typed), 40), "Currency": code, "Decimals": places})
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > maxWhole {
		return Money{}, Refuse(Invalid, "money.large", Args{"Digits": maxWhole})
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", places-len(fraction)), 10, 64)
	if err != nil && whole+fraction != "" {
		return Money{}, fmt.Errorf("read %d digits: %w", len(whole)+places, err)
	}
	if minor == 0 {
		return Money{}, Refuse(Invalid, "money.positive", nil)
	}
	return Money{Minor: minor, Currency: code}, nil
}

// splitCurrency parts a number from the currency written before or behind it; nil: none is.
func splitCurrency(typed string) (number string, currencies []string) {
	s := strings.TrimSpace(strings.Map(foldDigit, typed))
	upper := strings.ToUpper(s)
	if len(upper) != len(s) { // some letters change their length
		return s, nil
	}
	digits := func(r rune) bool { return r >= '0' && r <= '9' }
	first, last := strings.IndexFunc(upper, digits), strings.LastIndexFunc(upper, digits)
	if first < 0 {
		return s, nil
	}
	before, behind := strings.TrimSpace(upper[:first]), strings.TrimSpace(upper[last+1:])
	if before != "" && behind != "" || before == "" && behind == "" {
		return s, nil
	}
	word := before + behind
	if signs, ok := currencySigns[word]; ok {
		return s[first : last+1], signs
	}
	if _, ok := Decimals(word); ok {
		return s[first : last+1], []string{word}
	}
	return s, nil
}

// Amount writes m in the currency's own decimals and without the currency: 1205.91. That is how forms hold it.
func (m Money) Amount() string {
	places, _ := Decimals(m.Currency)
	sign, digits := "", strconv.FormatInt(m.Minor, 10)
	if m.Minor < 0 {
		sign, digits = "-", digits[1:]
	}
	if places == 0 {
		return sign + digits
	}
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	return sign + digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

// String writes m as 1205.91 CNY.
func (m Money) String() string { return m.Amount() + " " + m.Currency }

// Compare is negative when m is less than n, positive when it is more, zero when they are the same. Two currencies cannot be compared
// (route.currency), nor what is not given (route.no_amount): both are refused.
func (m Money) Compare(n Money) (int, error) {
	switch {
	case m.Currency == "" || n.Currency == "":
		return 0, Refuse(Invalid, "route.no_amount", nil)
	case m.Currency != n.Currency:
		return 0, Refuse(Invalid, "route.currency", Args{"Money": m.String(), "Limit": n.String(), "Currency": n.Currency})
	}
	return cmp.Compare(m.Minor, n.Minor), nil
}

// Share is m · part / whole, exact and rounded once; halves away from zero. whole is above zero and part is not below it. What does not
// fit is an error.
func (m Money) Share(part, whole int64) (Money, error) {
	minor, fits := rounded(big.NewInt(m.Minor), big.NewInt(part), big.NewInt(whole))
	if !fits {
		return Money{}, fmt.Errorf("%s in the ratio of %d to %d: %w", m, part, whole, errOverflow)
	}
	return Money{Minor: minor, Currency: m.Currency}, nil
}

var errOverflow = errors.New("the sum is too large")

// Add sums two amounts of one currency. Another currency, or a sum that does not fit, is an error.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, fmt.Errorf("add %s to %s: these are two currencies", n, m)
	}
	sum := m.Minor + n.Minor
	if (sum > m.Minor) != (n.Minor > 0) && n.Minor != 0 {
		return Money{}, fmt.Errorf("add %s to %s: %w", n, m, errOverflow)
	}
	m.Minor = sum
	return m, nil
}
