// Package perf measures one press against the least that Postgres could do for it, and against what a company would write instead of nod.
// It holds no code of the program; docs/benchmarks.md tells how to read what it prints.
//
//   - bench.sh is `make bench`.
//   - limit.sh is the yardstick: pgbench on schema.sql with submit.sql, decide.sql and their one-statement forms. It also runs on its own.
//   - bench_test.go (build tag bench) drives the engine over the real store, the yardstick in turn with it.
//   - bench-http.sh is `make bench-http`: http_test.go presses over HTTP (press_test.go) in the real program and in bolt/, in turn
//     (process_test.go), and pair_test.go sums up.
//   - bench-grow.sh is `make bench-grow`: grow_test.go makes a young company and an old one and compares presses; claim_test.go claims what
//     waits, due_test.go fires what is due, serve_test.go watches the real program, and finding_test.go sums up.
//   - company.sql and clones.sql fill our own tables to the yardstick's size.
//
// What runs without a database is measured beside the code, in files that are called bench_test.go too.
package perf
