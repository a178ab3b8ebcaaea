# Everything that people and CI do here is a target of this file; `make help` lists them.
# On a fresh machine with Python 3.11 or newer and make, `make run` and `make test` need nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PINS := deploy/requirements
SERVICES := catalog incident change notify
WORKERS ?= 2
COMPOSE ?= docker compose
KAFKA_PORT ?= 9092
ARGS ?=

# The first Python that is new enough, so that an old `python3` beside a new one is no obstacle.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
    $(shell command -v $(name) >/dev/null 2>&1 && $(name) -c \
    'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

# Parallel by worker; tests that share one thing (a broker they kill) name it with xdist_group.
PYTEST = $(PY) -m pytest
PARALLEL = -n $(WORKERS) --dist loadgroup

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------ set-up

$(PY):
	@if [ -z "$(PYTHON)" ]; then \
	    echo "Python 3.11 or newer is needed, and found is: $$(python3 --version 2>&1 || echo none)." >&2; \
	    echo "Install one, or name one: make PYTHON=/path/to/python3.11 …" >&2; exit 1; fi
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

define INSTALL
	@echo "Installing the pinned packages of $< (a minute the first time)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r $<
endef

# A stamp is newer than the pins it was made from, or the packages are installed again.
$(VENV)/.all: $(PINS)/all.txt $(PINS)/runtime.txt | $(PY)
	$(INSTALL)
	@touch $@

# The tools' set contains the program's, so it answers for both stamps.
$(VENV)/.dev: $(PINS)/dev.txt $(PINS)/all.txt $(PINS)/runtime.txt | $(PY)
	$(INSTALL)
	@touch $(VENV)/.all $@

.PHONY: setup
setup: $(VENV)/.dev ## Make .venv with the pinned packages, tools included

# --------------------------------------------------------------------------------- the program

.PHONY: run
run: $(VENV)/.all ## Start the whole platform in one process on 127.0.0.1:8000 (ARGS=… are passed on)
	@exec $(PY) -m services --demonstration $(ARGS)

.PHONY: demo
demo: $(VENV)/.all ## Play the demonstration against ITSM_URL with ITSM_TOKEN and print its story
	@exec $(PY) -m services demonstration --url $(or $(ITSM_URL),http://127.0.0.1:8000) $(ARGS)

.PHONY: migrate
migrate: $(VENV)/.all ## Bring every service's schema up to date
	@for service in $(SERVICES); do $(PY) -m services.$$service migrate $(ARGS); done

# The broker's jars, as deploy/kafka/pom.xml names them.
var/kafka/lib/.complete: deploy/kafka/pom.xml
	@command -v mvn >/dev/null || { echo "Maven and Java 17 are needed for the broker's jars" >&2; exit 1; }
	@echo "Fetching the broker's jars into var/kafka/lib"
	@mkdir -p $(@D)
	@mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

.PHONY: kafka
kafka: var/kafka/lib/.complete ## Run one Apache Kafka broker on 127.0.0.1:9092 (Java 17 and Maven needed)
	@exec deploy/kafka/start var/kafka/data 1 1:$(KAFKA_PORT):$$(($(KAFKA_PORT) + 1))

# What the containers' secrets are made of, once; see deploy/env/make-secrets.
.PHONY: up
up: ## Start the distributed set-up in containers: four services, Kafka, PostgreSQL, a gateway
	@deploy/env/make-secrets
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) $(COMPOSE) up --build --detach --wait
	@echo "The gateway is on 127.0.0.1:$${GATEWAY_PORT:-8000}; a token: make token ROLE=admin"

.PHONY: token
token: $(VENV)/.all ## Print a token that the containers accept, without an issuer of your own (ROLE=admin)
	@ITSM_DATA_FOLDER=deploy/env/secrets $(PY) -m services token --role $(or $(ROLE),admin) $(ARGS)

.PHONY: down
down: ## Stop the containers; their data stays
	$(COMPOSE) down

# ---------------------------------------------------------------------------------------- tests

.PHONY: test
test: $(VENV)/.dev ## Run every test (under 15 minutes on two cores)
	$(PYTEST) $(PARALLEL) $(ARGS)

.PHONY: unit
unit: $(VENV)/.dev ## Run the tests of pure code
	$(PYTEST) tests/unit $(ARGS)

.PHONY: component
component: $(VENV)/.dev ## Run the tests of each service on a real database
	$(PYTEST) $(PARALLEL) tests/component $(ARGS)

.PHONY: contract
contract: $(VENV)/.dev ## Run the tests of what services and other systems may rely on
	$(PYTEST) $(PARALLEL) tests/contract $(ARGS)

.PHONY: system
system: $(VENV)/.dev ## Run whole flows through all services, on both buses
	$(PYTEST) $(PARALLEL) tests/system $(ARGS)

.PHONY: faults
faults: $(VENV)/.dev ## Run the fault campaign: crashes, lost brokers, planted bugs (var/faults/latest.json)
	$(PY) -m tests.faults $(ARGS)

.PHONY: compose-test
compose-test: $(VENV)/.dev ## Build, run, hurt and restart the containers (root and a Docker engine needed)
	tests/support/compose_standins.sh
	$(PY) -m tests.support.compose_check $(ARGS)

.PHONY: bench
bench: $(VENV)/.dev ## Measure the figures beside their floors (var/bench/latest.json)
	$(PY) -m tests.performance $(ARGS)

.PHONY: cover
cover: $(VENV)/.dev ## Measure which lines the tests reach, child processes left out (var/coverage)
	@mkdir -p var/coverage
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest tests/unit tests/component tests/contract $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

# ------------------------------------------------------------------------------- static checks

.PHONY: check
check: $(VENV)/.dev ## Run every static check: format, lint, types, architecture, migrations, golden files, pins
	$(BIN)/ruff format --check
	@$(MAKE) lint types arch
	@$(MAKE) check-golden check-migrations

.PHONY: format
format: $(VENV)/.dev ## Rewrite the code in its one format, safe lint fixes included
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

.PHONY: lint
lint: $(VENV)/.dev ## Lint code, dependencies and prose
	$(BIN)/ruff check
	$(BIN)/deptry .
	$(BIN)/codespell

.PHONY: types
types: $(VENV)/.dev ## Check all types
	$(BIN)/mypy

.PHONY: arch
arch: $(VENV)/.dev ## Check imports, sizes, pins, documents and the stripped trees
	$(BIN)/lint-imports --no-logo
	$(PYTEST) $(PARALLEL) tests/architecture $(ARGS)

# Compares the committed schemas, examples and API documents with the code, and writes nothing.
check-golden: $(VENV)/.dev
	@for service in $(SERVICES); do $(PY) -m services.$$service contracts --check; done

# Compares tables with migrations on a real database, then reads the migrations' SQL.
check-migrations: $(VENV)/.dev
	$(PYTEST) $(PARALLEL) $(or $(wildcard tests/component/*/test_migrations.py),$(error no tests of migrations))

# ------------------------------------------------------------------------- what is generated

.PHONY: revision
revision: $(VENV)/.dev ## Draft a migration: make revision SERVICE=incident M=add_outage
	@if [ -z "$(SERVICE)" ] || [ -z "$(M)" ]; then \
	    echo "usage: make revision SERVICE=incident M=what_it_does" >&2; exit 2; fi
	$(PY) -m services.$(SERVICE) revision "$(M)"

.PHONY: contracts
contracts: $(VENV)/.dev ## Write the golden schemas, examples and API documents anew; read the difference
	@for service in $(SERVICES); do $(PY) -m services.$$service contracts; done

# A week's pause lets a bad release be noticed before it is pinned here.
.PHONY: pins
pins: $(VENV)/.dev ## Compile the pinned requirements anew (UPGRADE=1 also raises versions)
	@until=$$($(PY) -c 'import datetime as d; print((d.datetime.now(d.UTC) - d.timedelta(days=7)).date())'); \
	for name in runtime all dev; do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	        --no-emit-index-url --no-emit-find-links --exclude-newer "$$until" $(if $(UPGRADE),--upgrade) \
	        $(PINS)/$$name.in --output-file $(PINS)/$$name.txt; done
	@$(PYTEST) --quiet tests/architecture/test_requirements.py -k "not installed"
