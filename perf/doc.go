// Package perf measures one press against the least that Postgres could do for it. It holds no code of the program; docs/benchmarks.md
// tells how to read what it prints.
//
//   - bench.sh is `make bench`.
//   - limit.sh is the yardstick: pgbench on schema.sql with submit.sql, decide.sql and their one-statement forms. It also runs on its own.
//   - bench_test.go (build tag bench) drives the engine over the real store, the yardstick in turn with it.
//   - company.sql and clones.sql fill our own tables to the yardstick's size.
//
// What runs without a database is measured beside the code, in files that are called bench_test.go too.
package perf
