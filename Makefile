# Everything a newcomer needs: `make run`, then follow what it prints. `make help` lists the rest.
# Settings are environment variables: `make run PORT=9000 DATA_DIR=.data/second` runs beside another copy.

.DEFAULT_GOAL := help
.PHONY: help setup run reset test lint format bench soak clean
BIN := .venv/bin
INSTALLED := .venv/.installed

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## install into .venv (again only when a requirement changed)

$(INSTALLED): requirements.txt requirements-dev.txt
	@suits() { "$$1" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }; \
	suits $(BIN)/python || { \
		for python in python3.12 python3.11 python3 python; do suits $$python && break; python=; done; \
		test -n "$$python" || { echo "Python 3.11 or 3.12 with venv is needed on PATH, found neither" >&2; exit 1; }; \
		$$python -m venv --clear .venv; \
	}
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements-dev.txt
	@touch $@

run: setup ## start the whole demo; Ctrl-C ends it
	@$(BIN)/python -m backend.demo.supervisor

reset: setup ## throw the demo's data away
	@$(BIN)/python -m backend.demo.folder

test: setup ## run the tests (ARGS="-k name" for some of them)
	$(BIN)/python -m pytest $(ARGS)

lint: setup ## style, types, layers and house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.house.lint

format: setup ## let the formatter have its way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## what this machine does: requests, writes, jobs and audit events per second
	@for what in http accounts writes jobs audit; do $(BIN)/python -m tests.bench.$$what || exit; done

soak: setup ## a steady load for MINUTES=10, CHAOS=10 times the killing of make test, the whole contract
	$(BIN)/python -m tests.load.soak
	CHAOS=$(or $(CHAOS),10) $(BIN)/python -m pytest tests/chaos
	CONTRACT=full $(BIN)/python -m pytest tests/contract/test_operations.py

clean: ## remove what can be made again; the demo's data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
