package storage

// Forms are the two texts of a statement as Postgres takes them, for the tests beside this package: the one that is sent for many is empty
// where there is none.
func Forms(sql string) (alone, many string) {
	s := read(sql)
	return s.alone, s.many
}

// Seats are how many presses go at once before the next wait for each other.
const Seats = seats
