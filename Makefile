# make test is the test command; everything else is named for what it does.
GO      ?= go
PKGS    ?= ./...
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build test vet lint bench accept fuzz clean

build: ## one static binary, ./respawn
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o respawn ./cmd/respawn

test: vet ## all tests with the race detector; no network is needed beyond loopback
	$(GO) test -race -count=1 -timeout 20m $(PKGS)

vet:
	$(GO) vet $(PKGS)
	@bad=$$(gofmt -l cmd crawler internal resolver tracker); if [ -n "$$bad" ]; then echo "not gofmt-ed: $$bad"; exit 1; fi

lint: ## staticcheck, as CI runs it
	staticcheck $(PKGS)

bench: ## every benchmark; keep the text in docs/bench
	$(GO) test -run '^$$' -bench . -benchmem $(PKGS)

accept: build ## the whole case with kill -9 at random moments; takes minutes
	RESPAWN_ACCEPT=1 $(GO) test -count=1 -timeout 60m -run 'Accept' ./cmd/respawn

fuzz: ## each fuzz target for a short while
	@for p in $$($(GO) list $(PKGS)); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime 10s $$p || exit 1; done; done

clean:
	rm -f respawn
