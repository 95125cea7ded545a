# make test is the test command; everything else is named for what it does.
GO      ?= go
PKGS    ?= ./...
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build test vet lint bench bench-dns bench-names accept fuzz clean

build: ## one static binary, ./respawn
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o respawn ./cmd/respawn

test: vet ## all tests with the race detector; no network is needed beyond loopback
	$(GO) test -race -count=1 -timeout 45m $(PKGS)

vet:
	$(GO) vet $(PKGS)
	@bad=$$(gofmt -l cmd crawler internal resolver tracker); if [ -n "$$bad" ]; then echo "not gofmt-ed: $$bad"; exit 1; fi

lint: ## staticcheck, as CI runs it
	staticcheck $(PKGS)

bench: ## every benchmark; keep the text in docs/bench
	$(GO) test -run '^$$' -bench . -benchmem $(PKGS)

# The peer is named by hand: MASSDNS=/path/to/massdns make bench-dns
PIN := $(shell command -v taskset >/dev/null && echo taskset -c 1)
bench-dns: ## rows sweep, sweep-lossy, sweep-recursor, look and ct against their limits, in a table
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && \
	$(GO) test -c -o "$$d/resolver.test" ./resolver && $(GO) test -c -o "$$d/feed.test" ./resolver/feed && $(GO) test -c -o "$$d/respawn.test" ./cmd/respawn && \
	(cd resolver && $(PIN) "$$d/resolver.test" -test.run '^$$' -test.bench '^Benchmark(Sweep|SweepLossy|SweepRecursor)$$' -test.benchtime 5x) && \
	(cd cmd/respawn && "$$d/respawn.test" -test.run '^$$' -test.bench '^BenchmarkLook$$' -test.benchtime 5x) && \
	(cd resolver/feed && GOMAXPROCS=1 $(PIN) "$$d/feed.test" -test.run '^$$' -test.bench '^BenchmarkCT$$' -test.benchtime 25x)

bench-names: ## recall at a budget, false positives and planted names at one threshold; benign lists from ../shared
	@RESPAWN_BENCH_NAMES=1 $(GO) test -count=1 -v -timeout 60m -run '^TestBenchNames$$' ./tracker/lookalike

accept: build ## the whole case with kill -9 at random moments and with one answer in five lost; takes an hour
	RESPAWN_ACCEPT=1 $(GO) test -count=1 -timeout 120m -run 'Accept|Losses' ./cmd/respawn

fuzz: ## each fuzz target for a short while
	@for p in $$($(GO) list $(PKGS)); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime 10s $$p || exit 1; done; done

clean:
	rm -f respawn
