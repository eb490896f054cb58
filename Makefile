# Every command that a developer needs, each with one line of help: `make help`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := contracts libs/joust_kit $(sort $(wildcard services/*)) deploy/embedded
LOCK := deploy/requirements/requirements.lock
STAMP := $(VENV)/.installed
SOURCES := contracts libs services deploy tests

.DEFAULT_GOAL := help
.PHONY: help install run demo test bench lint format types imports contracts lock up down status clean

help: ## List all commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(STAMP): $(LOCK) $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Joust needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix --editable ./,$(PACKAGES))
	@touch $(STAMP)

install: $(STAMP) ## Install Joust and its tools into .venv
