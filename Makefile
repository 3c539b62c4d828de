# Everything here works as root and as an ordinary user; bin/dev brings Postgres and Redis (see cmd/dev).

# Git refuses to answer in somebody else's checkout, and go build would stop at that.
ifneq ($(shell git rev-parse HEAD >/dev/null 2>&1 && echo yes),yes)
export GOFLAGS := $(GOFLAGS) -buildvcs=false
endif

# The race detector needs cgo, which Go turns off by itself where there is no C compiler.
RACE := $(shell test "$$(go env CGO_ENABLED)" = 1 && echo -race)
FUZZTIME = 10s
TESTFLAGS =

.PHONY: help run nod story storm test check bench fuzz browser clean bin/dev bin/nod

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bin/dev bin/nod ## the bot with a sample company and the web chat
	bin/dev -- bin/nod demo

nod: bin/dev bin/nod ## a command for the company that make run keeps, as ARGS="audit show LV-1"
	@bin/dev -- bin/nod $(ARGS)

test: bin/dev ## all tests, with Postgres and Redis of their own
	@test -n "$(RACE)" || echo 'make: no C compiler here, so the tests run without the race detector'
	bin/dev -test -- go test $(RACE) -parallel 6 $(TESTFLAGS) ./...

story: bin/dev ## one true story: asked in one chat, decided in another, against chats that refuse what the real ones refuse
	bin/dev -test -- go test -count=1 -v -run TestStory ./cmd/nod

storm: bin/dev ## ten thousand cards at once, which two replicas send at a platform's rate while new ones overtake them
	bin/dev -test -- env NOD_STORM=10000 go test -count=1 -v -run TestStorm ./promises

check: ## what a reviewer runs: formatting, vet, staticcheck, dead code, modules, then the tests
	@bad=$$(gofmt -l .) && test -z "$$bad" || { echo "not formatted (run gofmt -w): $$bad"; exit 1; }
	go vet -tags browser,bench ./...
	go tool staticcheck -tags browser,bench ./...
	@dead=$$(go tool deadcode -test -tags browser,bench ./...) && test -z "$$dead" || { echo "nothing calls: $$dead"; exit 1; }
	go mod tidy -diff
	@$(MAKE) --no-print-directory test

bench: bin/dev ## the benchmarks, on a Postgres that writes to disk
	bin/dev -test -fsync -- sh perf/bench.sh

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
	rm -rf bin

bin/dev bin/nod:
	@go build -o $@ ./cmd/$(@F)
