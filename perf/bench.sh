#!/bin/sh
# What `make bench` runs, with a Postgres that writes to disk around it: first the benchmarks that need no database, beside the code they measure, then
# a submission and a decision through engine and storage in turn with the yardstick. docs/benchmarks.md tells how to read it.
#
# Environment: NOD_BENCH_ROUNDS (5), NOD_BENCH_SECONDS (3, for each run), NOD_BENCH_ROWS (requests on either side; as many as those runs may need), NOD_BENCH_CLIENTS ("1 8 32 64").
set -eu
cd "$(dirname "$0")/.."

for program in pgbench psql; do
	"$program" --version >/dev/null 2>&1 || {
		echo "bench.sh: $program is missing: it comes with the Postgres server (Debian: postgresql, Fedora: postgresql-contrib, Homebrew: postgresql@17)" >&2
		exit 1
	}
done

# shellcheck disable=SC2046 # one folder a word
go test -run '^$' -bench . -benchmem -benchtime 200ms $(find . -name bench_test.go ! -path './perf/*' -exec dirname {} \; | sort)
# Garbage is collected as rarely as nod serve has it done.
GOGC=200 go test -tags bench -run '^TestBench$' -count 1 -timeout 2h -v ./perf
