# `make demo` shows the loop on a made-up company, `make test` proves it.
# Needs Python 3.11+, make and git; everything else is set up here.
PY     ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
            command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV   := .venv
BOOT   := $(VENV)/.boot
UV     := $(BOOT)/bin/uv
RUN    := $(VENV)/bin
STAMP  := $(VENV)/.synced
VENDOR := src/keceng/web/static/vendor/.stamp
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help setup system demo test check lint types layers unit test-slow test-postgres test-spark screenshots clean
help:            ## what can be made here
	@grep -E '^[a-z-]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/: *[^#]*##/  —/'

setup: $(STAMP) $(VENDOR)  ## the virtual environment, from uv.lock; the front end, from npm's lock
$(STAMP): pyproject.toml uv.lock
	@test -n "$(PY)" || { echo "Keceng needs Python 3.11 or newer. 需要 Python 3.11 以上。"; exit 2; }
	@test -x $(UV) || { mkdir -p $(VENV) && $(PY) -m venv $(BOOT) && $(BOOT)/bin/pip install -q uv; }
	@test -x $(RUN)/python || $(UV) venv -q --allow-existing --python $(BOOT)/bin/python $(VENV)
	@$(UV) sync -q --frozen
	@touch $(STAMP)

$(VENDOR): $(STAMP) assets/package-lock.json hatch_build.py
	@$(RUN)/python hatch_build.py; test ! -e $@ || touch $@

system:          ## system packages that only tests need (root and apt), else says what is missing
	@sh tools/system-packages.sh

demo: setup      ## the demo company, classified; on a terminal opens the workbench on it until Ctrl-C
	@$(RUN)/keceng demo --out demo-result
	@$(RUN)/keceng showroom --workspace demo-result

lint: setup
	@$(RUN)/ruff check -q src tests && $(RUN)/ruff format --check -q src tests
types: setup
	@$(RUN)/mypy
layers: setup
	@$(RUN)/lint-imports --no-cache >/dev/null || $(RUN)/lint-imports --no-cache
check: lint types layers  ## style, types, layers
unit: setup
	@$(RUN)/python -m pytest -q -n 2 --dist loadfile -m "not slow"
test: setup system check unit   ## everything fast: what must be green before a change lands
test-slow: setup system  ## whole companies, real files, documents, kill −9 at every commit, real browser
	@$(RUN)/python -m pytest -q -n 2 --dist loadfile -m "slow and not spark"

test-postgres: setup system  ## the same tests of the desk and the workbench, on a real PostgreSQL
	@KECENG_TEST_DATABASE=postgresql $(RUN)/python -m pytest -q -n 2 --dist loadfile -m "not slow" $(wildcard tests/desk tests/web tests/api)

# PySpark is half a gigabyte: it has an environment of its own, which no other target needs.
SPARK_ENV := $(VENV)/spark
test-spark: setup system  ## Apache Spark gives the same results as DuckDB, on a real cluster of a master and two workers
	@test -x $(SPARK_ENV)/bin/python || $(UV) venv -q --python $(BOOT)/bin/python $(SPARK_ENV)
	@UV_PROJECT_ENVIRONMENT=$(SPARK_ENV) $(UV) sync -q --frozen --extra spark
	@$(SPARK_ENV)/bin/python -m pytest -q -m spark tests/spark

screenshots: setup system  ## the three first runs walked in a real browser; their pictures for docs/
	@sh tools/first-run-pictures.sh $(RUN)/python

clean:           ## remove what was built
	rm -rf $(VENV) demo-result .mypy_cache .ruff_cache .pytest_cache
