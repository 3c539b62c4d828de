package workflows

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Rate is how many units of a currency one unit of the policy's base currency costs, as the European Central Bank quotes its rates for one
// euro, as a number of 10^-10: 78234000000 is 7.8234. Integers keep it exact. Zero is no rate.
type Rate int64

// BaseRate is the rate of the base currency itself.
const BaseRate Rate = 10_000_000_000

// The digits that a rate may have. Where the base is small, as the Indonesian rupiah, ten decimals keep six digits of the dollar's
// 0.0000612345; eight digits before them have room for the rupiah where the base is large.
const (
	rateDecimals = 10
	maxRateWhole = 8
)

// ParseRate reads a rate above zero: 7.8234, and as people write amounts also 7,8234 and 17,281.5. A single point is always the decimal
// sign, because that is how rates are quoted. Refused, each with its sentence, are: what is no number, a negative one too (number.invalid),
// or could be two, as 7,823 (number.unclear); more than ten decimals (rate.decimals); more than eight digits before them (rate.large); and
// zero (rate.positive).
func ParseRate(typed string) (Rate, error) {
	whole, fraction, quoted := quotedRate(typed)
	if !quoted {
		var fault *Error
		if whole, fraction, fault = decimal(typed, rateDecimals); fault != nil {
			return 0, fault
		}
	}
	if len(fraction) > rateDecimals {
		return 0, Refuse(Invalid, "rate.decimals", Args{"Value": Cut(strings.TrimSpace(typed), 40), "Decimals": rateDecimals})
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > maxRateWhole {
		return 0, Refuse(Invalid, "rate.large", Args{"Digits": maxRateWhole})
	}
	parts, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", rateDecimals-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read %d digits: %w", len(whole)+rateDecimals, err)
	}
	if parts == 0 {
		return 0, Refuse(Invalid, "rate.positive", nil)
	}
	return Rate(parts), nil
}

// quotedRate takes apart what is only digits with at most one point between them.
func quotedRate(typed string) (whole, fraction string, ok bool) {
	groups, signs, ok := digitGroups(typed)
	switch {
	case ok && signs == "":
		return groups[0], "", true
	case ok && signs == ".":
		return groups[0], groups[1], true
	}
	return "", "", false
}

// String writes the rate without zeros at its end, as ParseRate reads it: 7.8234.
func (r Rate) String() string {
	sign, digits := "", strconv.FormatInt(int64(r), 10)
	if r < 0 {
		sign, digits = "-", digits[1:]
	}
	if short := rateDecimals + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-rateDecimals], strings.TrimRight(digits[len(digits)-rateDecimals:], "0")
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

// Convert gives m in the currency to. from is the rate of m's currency and into that of to, both for the same base currency, so that each
// pair goes through it; the base itself has BaseRate. What comes out is exact and rounded once, to the minor units of to; half a unit is
// rounded away from zero, so that a reversal takes back what a claim gave. An unknown currency is refused (money.unknown). A rate that is
// not above zero, two rates of one currency, and an amount that does not fit are errors.
func Convert(m Money, to string, from, into Rate) (Money, error) {
	places, known := Decimals(m.Currency)
	if !known {
		return Money{}, Refuse(Invalid, "money.unknown", Args{"Currency": Cut(m.Currency, 10)})
	}
	toPlaces, known := Decimals(to)
	switch {
	case !known:
		return Money{}, Refuse(Invalid, "money.unknown", Args{"Currency": Cut(to, 10)})
	case from <= 0 || into <= 0:
		return Money{}, fmt.Errorf("convert %s to %s by the rates %s and %s: a rate is above zero", m, to, from, into)
	case m.Currency == to && from != into:
		return Money{}, fmt.Errorf("convert %s to %s by the rates %s and %s: a currency has one rate", m, to, from, into)
	}
	minor, fits := rounded(big.NewInt(m.Minor), scaled(int64(into), toPlaces), scaled(int64(from), places))
	if !fits {
		return Money{}, fmt.Errorf("convert %s to %s by the rates %s and %s: the amount is too large", m, to, from, into)
	}
	return Money{Minor: minor, Currency: to}, nil
}

// CrossRate gives the rate of a currency for one unit of another base. rate is the currency's and base the new base currency's own, both
// for one unit of the old base. It is rounded once, to ten decimals, half up. What comes out as zero or does not fit is an error.
func CrossRate(rate, base Rate) (Rate, error) {
	if rate <= 0 || base <= 0 {
		return 0, fmt.Errorf("the rates %s and %s: a rate is above zero", rate, base)
	}
	parts, fits := rounded(big.NewInt(int64(rate)), big.NewInt(int64(BaseRate)), big.NewInt(int64(base)))
	switch {
	case !fits || Rate(parts) >= maxRate:
		return 0, fmt.Errorf("%s for %s is too large for a rate", rate, base)
	case parts == 0:
		return 0, fmt.Errorf("%s for %s is too small for a rate of %d decimals", rate, base, rateDecimals)
	}
	return Rate(parts), nil
}

// maxRate is the first number that has too many digits before its decimals.
const maxRate = 100_000_000 * BaseRate

// scaled is n · 10^places.
func scaled(n int64, places int) *big.Int {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	return power.Mul(power, big.NewInt(n))
}

// rounded is n · times / by with halves away from zero; false when it does not fit. times and by are above zero.
func rounded(n, times, by *big.Int) (whole int64, fits bool) {
	half := new(big.Int).Mul(new(big.Int).Abs(n), times)
	half.Lsh(half, 1).Add(half, by).Quo(half, new(big.Int).Lsh(by, 1))
	if n.Sign() < 0 {
		half.Neg(half)
	}
	return half.Int64(), half.IsInt64()
}

// RateWanted is a rate that somebody needs: a currency's, of a date.
type RateWanted struct {
	Currency string
	Date     Date
}

// RateDays is how many days older than the date a rate may be. The European Central Bank publishes none on weekends and holidays, of which
// no more than five days come in a row, at Easter and at the end of a year.
const RateDays = 10

// QuotedRate is a rate as it was imported.
type QuotedRate struct {
	Rate Rate
	Date Date   // the day that it is of: the one that was wanted, or up to RateDays before it
	Base string // the currency for one unit of which it is
}

// Rate gives the rate of a currency on a date for one unit of base, of those that were wanted. The base has BaseRate on each day. False:
// there is none, or the one that was imported is for another base.
func (f Facts) Rate(currency string, on Date, base string) (QuotedRate, bool) {
	if currency == base {
		return QuotedRate{Rate: BaseRate, Date: on, Base: base}, true
	}
	rate, ok := f.Rates[RateWanted{currency, on}]
	if !ok || rate.Base != base {
		return QuotedRate{}, false
	}
	return rate, true
}
