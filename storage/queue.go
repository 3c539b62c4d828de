package storage

import "slices"

// oldest takes those that have waited longest, up to most, of which no two have a key in common, as the row that they write. Who is left
// behind for that is overtaken by none who has a key of theirs.
func oldest[T any](waiting []T, most int, keys func(T) []any) (taken, left []T) {
	seen := map[any]bool{}
	for _, one := range waiting {
		own := keys(one)
		free := !slices.ContainsFunc(own, func(key any) bool { return seen[key] })
		for _, key := range own {
			seen[key] = true
		}
		if free && len(taken) < most {
			taken = append(taken, one)
		} else {
			left = append(left, one)
		}
	}
	return taken, left
}
