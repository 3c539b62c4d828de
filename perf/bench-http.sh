#!/bin/sh
# What `make bench-http` runs, with a Postgres that writes to disk around it: signed presses over HTTP on nod serve, as bin/nod has it, and on bolt/server.js.
# docs/benchmarks.md tells how to read it.
#
# Environment: NOD_BENCH_ROUNDS (5), NOD_BENCH_SECONDS (3, for each run), NOD_BENCH_CONNECTIONS ("1 16 64"), NOD_BENCH_ROWS (requests on either
# side; as many as those runs may need).
set -eu
cd "$(dirname "$0")/.."

if ! node --version >/dev/null 2>&1 || ! npm --version >/dev/null 2>&1; then
	echo "bench-http.sh: nod is measured beside a program in JavaScript, so install Node.js 20 or newer with npm (Debian: nodejs npm, Homebrew: node)" >&2
	exit 1
fi
psql --version >/dev/null 2>&1 || { echo "bench-http.sh: psql is missing: it comes with the Postgres server" >&2; exit 1; }

npm ci --prefix perf/bolt --no-audit --no-fund --loglevel=error
NOD_BENCH_BINARY=$PWD/bin/nod go test -tags bench -run '^TestBenchHTTP$' -count 1 -timeout 2h -v ./perf
