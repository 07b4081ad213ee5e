# `make serve` and `make test` need Python 3.11 or newer and make, nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help serve demo test check bench lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTED := $(VENV)/.ready-for-tests
# A PORT of the environment is some other program's.
ifeq ($(origin PORT),command line)
LISTEN = $(if $(PORT),--port $(PORT))
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

help:
	@echo "make serve   start the service with its embedded store, on 127.0.0.1:8000 (PORT=9000: there)"
	@echo "make demo    the same, full of invented comments, with accounts to sign in with"
	@echo "make test    everything that CI runs: make check, then all tests"
	@echo "make check   style, types, imports, rule files"
	@echo "make bench   measure: text, rules, classifier, HTTP, the check command"
	@echo "make lock    pin the dependencies of pyproject.toml again, with hashes"
	@echo "make clean   remove the environment and caches; the data folder stays"

# Redone when what is installed changes. --require-hashes refuses any file that is not the locked one.
$(READY): requirements.lock pyproject.toml
	@python=$$(scripts/find-python $(PYTHON)) || exit 1; \
	echo "Preparing $(VENV) with $$python (about a minute the first time)"; \
	test -x $(BIN)/python || "$$python" -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# What tests, style and types need besides.
$(TESTED): $(READY) requirements-dev.lock
	@echo "Adding what the tests need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

serve: $(READY)
	@exec $(BIN)/moderation serve $(LISTEN)

demo: $(READY)
	@exec $(BIN)/moderation demo $(LISTEN)

test: $(TESTED) check
	$(BIN)/pytest -n logical --dist loadfile --no-loadscope-reorder

check: $(TESTED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/moderation rules check --strict
	$(BIN)/moderation rules fmt --check

bench: $(TESTED)
	@for benchmark in benchmarks/*.py; do \
		echo "== $$benchmark"; $(BIN)/python "$$benchmark" || exit 1; \
	done

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --quiet

lock: $(READY)
	@$(PIP) install uv
	$(COMPILE) --extra build -o requirements.lock
	$(COMPILE) --extra build --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
