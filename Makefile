# `make serve` and `make test` need Python 3.11 or newer and make, nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help serve demo test check bench lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

help:
	@echo "make serve   start the service with its embedded store, on 127.0.0.1:8000"
	@echo "make demo    the same, with an article to comment on at http://127.0.0.1:8000/demo"
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

serve: $(READY)
	@exec $(BIN)/moderation serve

demo: $(READY)
	@MODERATION_DEMO=1 exec $(BIN)/moderation serve

test: check
	$(BIN)/pytest

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/moderation rules check

bench: $(READY)
	@for benchmark in benchmarks/*.py; do \
		echo "== $$benchmark"; $(BIN)/python "$$benchmark" || exit 1; \
	done

lock: $(READY)
	@$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
