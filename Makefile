# The only entrance. `make run` and `make test` need Rust, a C compiler and the crates registry.

CARGO   ?= cargo
TARGET  := $(or $(CARGO_TARGET_DIR),target)
BINARY  := $(TARGET)/release/termbook

.PHONY: run demo build test check fmt lint doc bench openapi smoke

run: demo ## Serve Swagger UI over the demo schools on SQLite: http://127.0.0.1:8000/api/docs/
	$(BINARY) serve

demo: build ## Load the demo schools, once
	$(BINARY) demo

build:
	$(CARGO) build --release --locked --bin termbook

test: ## Every test, on SQLite + in-process and on PostgreSQL + Redis
	$(CARGO) test --workspace --locked --no-run
	$(TARGET)/debug/servers true # installs what tests start, or names what is missing
	$(CARGO) test --workspace --locked
	@echo "passed on SQLite + in-process and on PostgreSQL + Redis"

check: ## What CI runs, cheapest first
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked
	python3 tests/data/broadsheet/expected.py --check
	$(MAKE) test
	$(MAKE) smoke

smoke: build ## The release binary serves the demo from nothing, and stops when told
	bash tests/smoke.sh $(BINARY)

openapi: build ## Write the OpenAPI document where a test holds it current
	$(BINARY) openapi > openapi/openapi.json

bench: ## Measure against the floors and write docs/BENCHMARKS.md
	$(CARGO) build --release --locked --bin termbook --bin floor
	python3 tests/bench/run.py

fmt:
	$(CARGO) fmt --all
