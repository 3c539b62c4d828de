# Everything here works as root and as an ordinary user; bin/dev brings Postgres and Redis (see cmd/dev).

# The commit is in what is built, for nod version, whatever GOFLAGS says; except where Git refuses to answer, as in somebody else's
# checkout, since go build would stop at that.
STAMP := -buildvcs=true
ifneq ($(shell git rev-parse HEAD >/dev/null 2>&1 && echo yes),yes)
STAMP := -buildvcs=false
export GOFLAGS := $(GOFLAGS) -buildvcs=false
endif

# The race detector needs cgo, which Go turns off by itself where there is no C compiler.
RACE := $(shell test "$$(go env CGO_ENABLED)" = 1 && echo -race)
FUZZTIME = 10s
TESTFLAGS =

# For make install; a package is built below DESTDIR.
PREFIX = /usr/local
DESTDIR =
# What nod version says where go build finds no commit, as in an unpacked archive: make build RELEASE=v1.2.0. In a worktree of Git's, of
# which go build takes no notice, Git is asked here.
RELEASE = $(if $(wildcard .git/HEAD),,$(shell git describe --tags --always --dirty --abbrev=12 2>/dev/null && \
	TZ=UTC git log -1 --date=format-local:'of %F %TZ' --format=%cd))

.PHONY: help run build install nod story storm year test check bench bench-http bench-grow fuzz browser clean bin/dev bin/nod

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bin/dev bin/nod ## the bot with a sample company and the web chat
	bin/dev -- bin/nod demo

build: bin/nod ## bin/nod, one static program

install: ## what make build made, and its systemd unit, below PREFIX (/usr/local)
	@test -x bin/nod || { echo 'make: nothing is built yet: make build'; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 bin/nod $(DESTDIR)$(PREFIX)/bin/nod
	sed 's|/usr/local/|$(PREFIX)/|' deploy/nod.service > bin/nod.service
	install -m 644 bin/nod.service $(DESTDIR)$(PREFIX)/lib/systemd/system/nod.service

nod: bin/dev bin/nod ## a command for the company that make run keeps, as ARGS="audit show LV-1"
	@bin/dev -- bin/nod $(ARGS)

test: bin/dev ## all tests, with Postgres and Redis of their own
	@test -n "$(RACE)" || echo 'make: no C compiler here, so the tests run without the race detector'
	bin/dev -test -- go test $(RACE) -parallel 6 -timeout 25m $(TESTFLAGS) ./...

story: bin/dev ## one true story: asked in one chat, decided in another, against chats that refuse what the real ones refuse
	bin/dev -test -- go test -count=1 -v -run TestStory ./cmd/nod

storm: bin/dev ## ten thousand cards at once, which two replicas send at a platform's rate while new ones overtake them
	bin/dev -test -- env NOD_STORM=10000 go test -count=1 -v -run TestStorm ./promises

year: bin/dev ## 200 new hires live through a year of plans, whose pass rate and lateness come out as planted
	bin/dev -test -- env NOD_HIRES=200 go test -count=1 -v -run TestCohorts ./promises

check: ## what a reviewer runs: formatting, vet, staticcheck, dead code, modules, then the tests
	@bad=$$(gofmt -l .) && test -z "$$bad" || { echo "not formatted (run gofmt -w): $$bad"; exit 1; }
	go vet -tags browser,bench ./...
	go tool staticcheck -tags browser,bench ./...
	@dead=$$(go tool deadcode -test -tags browser,bench ./...) && test -z "$$dead" || { echo "nothing calls: $$dead"; exit 1; }
	go mod tidy -diff
	@$(MAKE) --no-print-directory test

bench: bin/dev ## the benchmarks, on a Postgres that writes to disk
	bin/dev -test -fsync -- sh perf/bench.sh

bench-http: bin/dev bin/nod ## signed presses over HTTP, beside Bolt for JavaScript with Postgres (needs Node.js)
	bin/dev -test -fsync -- sh perf/bench-http.sh

bench-grow: bin/dev bin/nod ## what must not grow, over a million closed requests (some minutes, and 10 GB of disk)
	bin/dev -test -fsync -- sh perf/bench-grow.sh

fuzz: bin/dev ## each fuzz test for FUZZTIME (10s), and how often each was executed
	bin/dev -test -- sh perf/fuzz.sh $(FUZZTIME)

browser: bin/dev ## the web chat in a real browser (root on Debian installs one that is missing)
	@need=; \
	command -v chromium >/dev/null || need=chromium; \
	fc-list :lang=zh 2>/dev/null | grep -q . || need="$$need fonts-droid-fallback"; \
	test -z "$$need" || { \
		echo "make: installing $$need with apt-get"; \
		apt-get update -q >/dev/null; \
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$need >/dev/null; }
	bin/dev -test -- go test -tags browser $(TESTFLAGS) ./bot/web/...

clean: bin/dev ## what was built, and the database that make run has kept
	bin/dev -clean
	rm -rf bin perf/bolt/node_modules

bin/dev:
	@go build -o $@ ./cmd/dev

bin/nod:
	@CGO_ENABLED=0 go build $(STAMP) -trimpath -ldflags "-s -w -X 'main.release=$(RELEASE)'" -o $@ ./cmd/nod
