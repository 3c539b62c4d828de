#!/bin/sh
# What `make bench-grow` runs, with a Postgres that writes to disk around it: what must not grow with what is behind a company, and with what waits.
# docs/benchmarks.md tells how to read it.
#
# Environment: NOD_BENCH_ROWS (1000000 closed requests in the end; everything else is in proportion to it), NOD_BENCH_ROUNDS (5), NOD_BENCH_SECONDS (3,
# for each run).
set -eu
cd "$(dirname "$0")/.."

for program in pgbench psql; do
	"$program" --version >/dev/null 2>&1 || { echo "bench-grow.sh: $program is missing: it comes with the Postgres server" >&2; exit 1; }
done
# Garbage is collected as rarely as nod serve has it done.
GOGC=200 NOD_BENCH_BINARY=$PWD/bin/nod go test -tags bench -run '^TestBenchGrow$' -count 1 -timeout 3h -v ./perf
