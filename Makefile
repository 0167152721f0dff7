# What one does with Keur. Everything it builds or fetches stays in bin/ and .keur/.

GOLANGCI := v2.15.0
lint     := bin/golangci-lint-$(GOLANGCI)
GREMLINS := v0.6.0

# The race detector needs a C compiler; without one the tests still run. It makes
# what it looks into some ten times as slow: it doesn't look into the JavaScript
# engine under MJML, of which internal/mjml sees to it that one goroutine has it,
# nor into what works on its caller's own text and numbers, as the search of a mail
# for what is hidden in it does. What is shared between goroutines can't be left
# out: races would be seen that are none. What -race checks beside, conversions of
# unsafe pointers, no code of ours has.
unraced := github.com/dop251/goja/... github.com/dlclark/regexp2/... golang.org/x/net/html/... golang.org/x/image/... regexp/... \
	unicode/... image/... compress/flate encoding/base64 hash/adler32 math mime/quotedprintable strconv \
	keur/templates/markup keur/templates/text keur/templates/visible
race := $(if $(shell command -v $${CC:-cc}),-race "-gcflags=all=-dwarf=false -d=checkptr=0" \
	$(foreach p,$(unraced),"-gcflags=$(p)=-race=false -dwarf=false"))

# What takes longest begins first: a package that begins last has but one processor
# busy while all others are done.
longest := ./api ./cmd/keur ./web ./web/mailing ./delivery/smtp/trial ./approval ./scheduler

# Packages wait for their browser and their PostgreSQL: one more at a time than
# there are processors, but no more than four, each of which has both.
abreast := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 4 ? n + 1 : 4)))

# Benchmarks and the long crash test hide behind build tags; these packages have them.
tagged = $(sort $(dir $(shell grep -rl --include='*_test.go' '^//go:build $(1)$$' .)))

export PATH := $(CURDIR)/.keur/tools/bin:$(PATH)

# Gin can answer in MessagePack, which nobody here asks for: without it a binary is
# a tenth smaller, and each test's is made sooner.
export GOFLAGS := $(GOFLAGS) -tags=nomsgpack

.PHONY: help demo run dev build test look lint fmt schema receivers postfix bench crash failover fuzz mutate clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: build ## run a whole mailing from CSV to outcome, then stay up to look around
	@scripts/need postgres
	bin/keur demo

run: build ## serve the desk, with a PostgreSQL of its own in .keur/ unless KEUR_DATABASE_URL is set
	@scripts/need postgres
	bin/keur serve

dev: ## serve the desk, and build and restart it whenever the code changes
	@scripts/need go postgres
	@scripts/dev

build: ## build bin/keur
	@scripts/need go
	go build -o bin/keur ./cmd/keur

# make lint vets them.
# Little of what tests have in memory is collected: they end before it is much.
test: export GOGC := 400
# What the race detector finds it says at once; it needn't wait a second for more at each process's end.
test: export GORACE := atexit_sleep_ms=0
test: ## run all tests against real PostgreSQL and in Chromium
	@scripts/need go postgres chromium
	go test $(race) -vet=off -p $(abreast) -timeout 30m $(longest) ./...

# Pages are looked at by tests of that name, and by those that look at what they tried.
look: ## look at every page in Chromium, in each language and at each width, and in Firefox
	@scripts/need go postgres chromium firefox
	@looking=$$(git ls-files 'web/*_test.go' | xargs awk -F '[ (]' '/^func Test/ { name = $$2 } /\.Look\("/ { print name }' | \
		sort -u | paste -sd'|'); \
	KEUR_LOOK=all go test -run "^TestLook(At|In)|^TestNoPageSaysRawWords$$|^($$looking)$$" -count 1 -p 2 -timeout 60m ./web/...

lint: $(lint) ## check format, vet and lint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "make fmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet -tags bench,crash,patroni,postfix ./...
	$(lint) run --build-tags bench,crash,patroni,postfix

fmt: ## format all Go files
	gofmt -w $$(git ls-files '*.go')

schema: ## write migrations/schema.sql anew, which shows today's tables on a page
	@scripts/need go postgres
	go test ./migrations -run '^TestSchemaOnAPage$$' -count 1 -update

receivers: ## let SpamAssassin judge a mail of each starter, and dkimpy, Mail::DKIM and OpenDKIM verify its signature
	@scripts/need go postgres receivers
	go test -count 1 -run '^TestReceivers' ./delivery/smtp/trial

postfix: ## send over a real Postfix and Exim, and look at what Keur makes of their answers and letters
	@scripts/need go postgres mail-servers
	go test -tags postfix -run '^TestPostfix' -v -count 1 -timeout 20m $(call tagged,postfix)

bench: ## measure speed and memory, beside Postfix's smtp-source; ONLY=Send measures what has that in its name, MEMBERS=10000 with so many members
	@scripts/need go postgres smtp-sink
	KEUR_BENCH_MEMBERS=$(MEMBERS) scripts/bench "$(ONLY)" $(call tagged,bench)

crash: ## kill workers and PostgreSQL at random, and count that nobody gets a mail twice
	@scripts/need go postgres
	go test -tags crash -run '^TestCrash' -v -count 1 -p 1 -timeout 60m $(call tagged,crash)

failover: ## lose, hang and stop the PostgreSQL that takes writes while a send is under way, by itself and under Patroni as deploy/ has it
	@scripts/need go postgres patroni
	go test -tags crash,patroni -run '^TestCrash(Primary|FrozenPrimary|Switchover)|^TestPatroni' -v -count 1 -timeout 60m ./delivery/smtp/trial

fuzz: ## give each fuzz target a minute, or FOR=10s; ONLY=Rows takes those with that in their name
	@scripts/need go
	scripts/fuzz $(or $(FOR),1m) $(ONLY)

mutate: bin/gremlins ## change the rules bit by bit and see whether a test notices; ONLY=segments takes one room
	@scripts/need go
	scripts/mutate $(ONLY)

clean: ## remove what was built, but not the data in .keur/
	rm -rf bin coverage

$(lint):
	@scripts/need go
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv bin/golangci-lint $@

bin/gremlins: Makefile
	@scripts/need go
	GOBIN=$(CURDIR)/bin go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS)
	@touch $@
