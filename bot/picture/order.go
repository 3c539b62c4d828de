package picture

import (
	"cmp"
	"fmt"
	"slices"
)

// Share is one thing and its value.
type Share struct {
	Name  string
	Value int64
}

// Ranked orders shares by value, the largest first and equal ones by name, and sums up under a name, rest, what is beyond the first most-1
// of more than most. Two of one name stay two: people can share theirs. It is an error when the sum does not fit.
func Ranked(shares []Share, most int, rest string) (groups []string, values Series, err error) {
	if most < 1 {
		return nil, Series{}, fmt.Errorf("picture: a ranking of %d", most)
	}
	shares = ordered(shares)
	if len(shares) > most {
		sum := Share{Name: rest}
		for _, s := range shares[most-1:] {
			if sum.Value, err = add(sum.Value, s.Value); err != nil {
				return nil, Series{}, err
			}
		}
		shares = append(shares[:most-1], sum)
	}
	for _, s := range shares {
		groups, values.Values = append(groups, s.Name), append(values.Values, s.Value)
	}
	return groups, values, nil
}

func ordered(shares []Share) []Share {
	shares = slices.Clone(shares)
	slices.SortStableFunc(shares, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Name, b.Name))
	})
	return shares
}

// Cell is a value that belongs to a bar and to a series: what a category cost in a month.
type Cell struct {
	Group, Series string
	Value         int64
}

// Stacked makes the series of a chart whose bars are groups, in the order of what they come to together, the largest first. Cells of one
// group and series are added up; what is beyond the first seven of more than eight series stands last, under the name rest, together with
// a series that has that name already. A cell of a group that is not among groups is an error, and so is a sum that does not fit.
func Stacked(groups []string, cells []Cell, rest string) ([]Series, error) {
	values := map[string][]int64{}
	totals := map[string]int64{}
	for _, c := range cells {
		i := slices.Index(groups, c.Group)
		if i < 0 {
			return nil, fmt.Errorf("picture: a value of %q, which is no bar", c.Group)
		}
		if values[c.Series] == nil {
			values[c.Series] = make([]int64, len(groups))
		}
		var err error
		if values[c.Series][i], err = add(values[c.Series][i], c.Value); err != nil {
			return nil, err
		}
		if totals[c.Series], err = add(totals[c.Series], c.Value); err != nil {
			return nil, err
		}
	}
	var shares []Share
	for name, total := range totals {
		shares = append(shares, Share{name, total})
	}
	shares = ordered(shares)
	fold := len(shares) > MaxSeries
	var series []Series
	others := Series{rest, make([]int64, len(groups))}
	for _, s := range shares {
		if !fold || len(series) < MaxSeries-1 && s.Name != rest {
			series = append(series, Series{s.Name, values[s.Name]})
			continue
		}
		for g, v := range values[s.Name] {
			var err error
			if others.Values[g], err = add(others.Values[g], v); err != nil {
				return nil, err
			}
		}
	}
	if fold {
		series = append(series, others)
	}
	return series, nil
}
