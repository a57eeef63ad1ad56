# Everything a person types. Needs Python 3.11 or later, git and make; each target does its own set-up.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
# One stamp per lock file: a changed lock installs anew, an unchanged one costs nothing.
LOCKED := $(shell cksum requirements.lock | cut -d' ' -f1)
STAMP  := $(VENV)/.locked-$(LOCKED)

# PORT, MLLP_PORT and the other ports, ERP and RESET reach the programs through the environment, from either side:
# `make demo PORT=9000` and `PORT=9000 make demo` are the same.

.DEFAULT_GOAL := help
.PHONY: help setup demo up test lint bench tryton peer-gnuhealth

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Make the environment: virtual environment and locked dependencies; does nothing where it stands

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies (once per lock file) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@rm -f $(VENV)/.locked-* && touch $@

demo: setup ## Run the hub and the sandbox hospital group through a working day (ERP=tryton, RESET=1, PORT=...)
	@if [ "$(ERP)" = tryton ]; then deploy/tryton/setup.sh; fi
	@exec $(PY) -m hub.launch demo

up: setup ## Run the hub alone
	@exec $(PY) -m hub.launch up

test: setup tryton ## Run every test (TRYTON=0 leaves the real ERP out, ARGS=... goes to pytest)
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# The real ERP that the connector contract is tested against, in an environment of its own.
tryton: setup
	@if [ "$(TRYTON)" != 0 ] && [ -x deploy/tryton/setup.sh ]; then deploy/tryton/setup.sh; fi

# A hospital information system to poll in a test; half a gigabyte, so only on request.
peer-gnuhealth:
	@deploy/gnuhealth/setup.sh
	@echo "Now: GNUHEALTH_HOME=$(CURDIR)/var/peers/gnuhealth make test ARGS=tests/connectors/gnu_health"

lint: setup ## Check style, types, import directions, migrations and production settings
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@deploy/check.sh $(PY)

bench: setup ## Measure; prints the figures and writes bench/out/results.json
	@exec $(PY) -m bench
