#!/bin/sh
# Runs each fuzz test for a time (make fuzz), and prints at the end how often each was executed. An input that breaks a promise lands under the
# package's testdata/fuzz, to be committed with what mends it. The inputs that reached something new stay in Go's cache, $(go env GOCACHE)/fuzz,
# from where the next run goes on; go clean -fuzzcache forgets them.
time=$1
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# Minimizing is bounded by executions: bounded by time, a slow target does little else.
fuzz() {
	echo "$1 $2"
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 100x "$1" </dev/null 2>&1 |
		awk -v target="${1#github.com/nod-chat/nod/} $2" -v results="$results" '
			/^fuzz: .*execs: / { execs = $5; interesting = $9; next }
			/^ok / { good = 1; next }
			/^(PASS|fuzz: )/ { next }
			{ print }
			END { print target, execs + 0, interesting + 0, good ? "" : "FAILED" >>results }'
}

listed=$(go test -list '^Fuzz' ./...) || { echo "$listed"; exit 1; }
echo "$listed" |
	awk '/^Fuzz/ { name[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, name[i]; n = 0 }' |
	while read -r package name; do fuzz "$package" "$name"; done

echo
awk 'BEGIN { printf "%-20s %-16s %12s %16s\n", "package", "target", "executions", "new inputs" }
	{ printf "%-20s %-16s %12d %16d  %s\n", $1, $2, $3, $4, $5; if ($5 || !$3) bad = 1 }
	END { exit bad || !NR }' "$results"
