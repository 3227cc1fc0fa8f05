# aws-masker: `make demo` shows it, `make test` checks it, `make build` builds it, `make install` puts the library, its
# header and its pkg-config file under PREFIX. Only cargo, Go and make need to be there.

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
PLUGIN = go-bridge/bin/aws-masker
DEMO = go-bridge/bin/demo

export PREFIX ?= /usr/local
export DESTDIR ?=

.PHONY: build demo install test test-rust test-c test-embedding test-go bench lint header catalogue tools clean

# What is delivered; the score of detection is built by who wants it.
RELEASE = scripts/with-profile cargo build --release --locked --lib --bin aws-maskerctl

build: tools
	$(RELEASE)
	rm -f $(PLUGIN) $(DEMO) # Go does not notice a changed libaws_masker.a
	cd go-bridge && go build -o bin/ ./cmd/...

demo: build
	$(DEMO) -aws-masker $(PLUGIN)

# Build first: installing may be root's business, building is not.
install:
	@test -e target/release/libaws_masker.so || { echo "run 'make build' first" >&2; exit 1; }
	scripts/install-library

test: lint test-rust test-c test-embedding test-go

# One profile less to build: the tests' own, and the release that C and Go link.
test-rust: tools
	cargo test --locked
	command -v valkey-server >/dev/null || exit 0; REDIS_SERVER=valkey-server cargo test --locked --test redis

test-c: tools
	$(RELEASE)
	tests/profile/run
	tests/c/run

test-embedding: tools
	$(RELEASE)
	tests/embedding/run

test-go: build
	cd go-bridge && go test -count=1 ./...

bench: build
	scripts/with-profile cargo bench --locked --bench deltas
	scripts/bench-detection
	scripts/with-profile cargo bench --locked --bench redis
	go-bridge/bin/bench-streaming
	go-bridge/bin/bench-server

lint: tools
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cd go-bridge && test -z "$$(gofmt -l . | tee /dev/stderr)"
	$(RELEASE)
	cd go-bridge && go vet ./... && $(STATICCHECK) ./...

catalogue:
	UPDATE_CATALOGUE=1 cargo test --locked --lib catalogue

header:
	UPDATE_HEADER=1 cargo test --locked --test header

tools:
	@scripts/install-tools

clean:
	cargo clean
	rm -rf go-bridge/bin
