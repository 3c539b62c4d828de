package storage

import (
	"runtime"
	"time"
)

// Forms are the two texts of a statement as Postgres takes them, for the tests beside this package: the one that is sent for many is empty
// where there is none.
func Forms(sql string) (alone, many string) {
	s := read(sql)
	return s.alone, s.many
}

// Gather has presses wait for one another: begin begins one and returns when it waits; letGo has all go, as many together as may.
func Gather(s *Store) (begin func(press func()), letGo func()) { return gather(s, &s.presses) }

// GatherClocks does so with what clocks change.
func GatherClocks(s *Store) (begin func(press func()), letGo func()) { return gather(s, &s.firings) }

func gather(s *Store, q *presses) (begin func(press func()), letGo func()) {
	q.mu.Lock()
	q.seatTime = time.Minute // or a slow machine would have groups overtake each other
	q.taken += q.seats
	q.mu.Unlock()
	waiting := func() int {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.waiting)
	}
	begin = func(press func()) {
		n := waiting()
		go press()
		for waiting() == n {
			runtime.Gosched()
		}
	}
	return begin, func() {
		q.mu.Lock()
		q.taken -= q.seats - 1
		q.mu.Unlock()
		s.next(q)
	}
}

// References are the columns that name a row of another table and that no foreign key holds, as table and column.
func References() (list [][2]string) {
	for _, r := range references {
		list = append(list, [2]string{r.table, r.column})
	}
	return list
}
