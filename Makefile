# The commands of a fresh machine: each makes its own environment in .venv first.
# Needs GNU make and Python 3.11 or newer; nothing else of ours.

PYTHON ?= python3
BIN := .venv/bin
PACKAGES := ingest graph models api simulator
DEMO := .cache/demo
STORE ?= sqlite:///$(DEMO)/offtrail.db

.PHONY: demo test lint bench evaluate weights neo4j serve install lock clean FORCE

install: .venv/.installed

# A strict editable install links file by file, so it is made again when a file comes or goes.
.venv/.files: .venv/.python FORCE
	@find $(PACKAGES) -type f -not -name '*.pyc' | sort > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

.venv/.python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "offtrail needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/.locked: requirements.lock .venv/.python
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@rm -f .venv/.installed; touch $@

.venv/.installed: .venv/.locked pyproject.toml .venv/.files
	@rm -rf build
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: install
	@$(BIN)/python -m offtrail.api.demo $(DEMO)

test: install lint
	$(BIN)/python -m pytest $(PYTEST)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MYPYPATH=$$(echo build/__editable__.*) $(BIN)/mypy -p offtrail
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench $(BENCH)

serve: install
	$(BIN)/offtrail --store $(STORE) serve --no-auth

neo4j: install
	$(BIN)/python -m offtrail.graph.neo4j_explore $(if $(FROM),--from '$(FROM)')

# One version of a library for every Python where there is one: types differ between versions.
lock: .venv/.python
	$(BIN)/uv pip compile --quiet --no-header --universal --fork-strategy fewest --python-version 3.11 \
		--generate-hashes --no-emit-index-url --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build .cache *.egg-info

# Data of the development benchmark: real events from public sources, never part of the product.
SHARED ?= ../shared
DATA := $(SHARED)/data

evaluate: install
	$(BIN)/offtrail evaluate --background $(DATA)/background-2014.ndjson.gz $(DATA)/background-2017.ndjson.gz \
		--attacks $(DATA)/attacks-stratus.ndjson.gz $(DATA)/attacks-traildiscover.ndjson.gz \
		--shams $(DATA)/benign-errors-panther.ndjson.gz --first-seed 2000 --out models/evaluation $(EVALUATE)

weights: install
	rm -rf .cache/weights && mkdir -p .cache/weights
	$(BIN)/offtrail --quiet simulate .cache/weights/trail --days 14 --events 20000 --seed 11 --attack none
	$(BIN)/python -m offtrail.models.benchmark.ship --out models/weights --simulated .cache/weights/trail/AWSLogs \
		--background $(DATA)/background-2014.ndjson.gz $(DATA)/background-2017.ndjson.gz
	sha256sum models/weights/*
