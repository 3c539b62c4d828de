#!/bin/sh
# limit.sh URL [ROWS] [SECONDS] [ROUNDS]
#
# How fast the Postgres at URL can store the least that one submission or one decision is made of: pgbench with prepared statements on tables of our own
# making. Nothing but the schema "yardstick" of that database is written. One line is printed for each run; believe the median over rounds, and only in
# relation to something that ran in turn with it.
#
# Environment:
#   ONLY      which of "decide decide_cte submit submit_cte" to run
#   CLIENTS   how many at once, as "1 8 32"
#   SKIP_LOAD not empty: keep the rows of the last run
#   COMMIT    synchronous_commit of the runs: on (as in production) or off
#
# A run whose events do not count up to its commits ends the script. The CPU is that of the server's processes, as /proc tells; it needs a superuser on
# the server's own machine and is 0 elsewhere.
set -eu
url=$1 rows=${2:-1000000} seconds=${3:-10} rounds=${4:-3}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export PGOPTIONS="-c synchronous_commit=${COMMIT:-on} -c client_min_messages=warning"

# Each statement is an argument of its own; the answers come on one line.
ask() {
	for statement; do
		set -- "$@" -c "$statement"
		shift
	done
	psql "$url" -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 "$@" | tr '\n' ' '
}

# Hundredths of a second that the server's processes have used, the ended ones included.
cpu() {
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/([^)]*)/-/' |
		awk -v server="$server" '$1 == server || $4 == server { ticks += $14 + $15 + $16 + $17 } END { print ticks + 0 }'
}

[ -n "${SKIP_LOAD:-}" ] || psql "$url" -X -q -v ON_ERROR_STOP=1 -v n="$rows" -f "$here/schema.sql" >/dev/null
server=$(ask "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)" 2>/dev/null) || server=none

echo "script clients rows commit per_second p50_ms p99_ms server_cpu_us wal_bytes"
for round in $(seq "$rounds"); do
	for clients in ${CLIENTS:-1 8 32}; do
		for script in ${ONLY:-decide decide_cte submit submit_cte}; do
			rm -f "$tmp"/log*
			before=$(ask "SELECT count(*) FROM yardstick.request_events" CHECKPOINT "SELECT pg_current_wal_insert_lsn() - '0/0'")
			wal=${before#* } before=${before%% *}
			ticks=$(cpu)
			pgbench "$url" -n -M prepared -f "$here/$script.sql" -D n="$rows" -c "$clients" -j 1 -T "$seconds" -l --log-prefix="$tmp/log" \
				>"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err" >&2; exit 1; }
			sleep 0.3 # an ended process is counted once its parent has noticed
			ticks=$(($(cpu) - ticks))
			cat "$tmp"/log* >"$tmp/all"
			commits=$(wc -l <"$tmp/all")
			events=$(ask "SELECT round((pg_current_wal_insert_lsn() - '0/0' - $wal) / $commits)" "SELECT count(*) - $before FROM yardstick.request_events")
			wal=${events%% *} events=${events#* }
			[ "$events" -eq "$commits" ] || { echo "limit.sh: $script: $commits commits left $events events" >&2; exit 1; }
			rate=$(awk '/^tps/ { print int($3) }' "$tmp/out")
			# The third column of pgbench's log is the latency in microseconds.
			awk '{ print $3 }' "$tmp/all" | sort -n |
				awk -v head="$script $clients $rows ${COMMIT:-on} $rate" -v ticks="$ticks" -v wal="$wal" '{ us[NR] = $1 } END {
					printf "%s %.3f %.3f %.0f %d\n", head, us[int(NR * .5) + 1] / 1000, us[int(NR * .99) + 1] / 1000, ticks * 10000 / NR, wal }'
		done
	done
done
