# Every command that a developer needs, each with one line of help: `make help`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := contracts libs/joust_kit $(sort $(wildcard services/*)) deploy/embedded libs/joust_testing
LOCK := deploy/requirements/requirements.lock
STAMP := $(VENV)/.installed
MODULES := joust_contracts joust_kit $(subst services/,joust_,$(sort $(wildcard services/*))) joust_embedded joust_testing
SOURCES := contracts libs services deploy tests

# Services start dozens of times in the tests; their code is compiled once, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

# Much of the suite waits for the parts of a stack, so there are more workers than cores. What kills and freezes
# processes measures how soon all is well again, and gets cores to itself.
BY_STACKS := --dist loadscope --no-loadscope-reorder
IN_TWO_WORKERS := --numprocesses 2 $(BY_STACKS)
IN_THREE_WORKERS := --numprocesses 3 $(BY_STACKS)

.DEFAULT_GOAL := help
.PHONY: example containers compose-test compose-e2e infrastructure play secrets help install run demo test faults campaign simulate fuzz coverage check lint format types imports contracts contracts-check migration bench calibrate budget up down \
	status lock clean

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

run: install ## Bring the stack up, play a bounty, go on serving (Ctrl-C stops all)
	@$(BIN)/joust run

demo: install ## Bring the stack up, play a bounty, stop
	@$(BIN)/joust demo

test: install ## Run the tests on stacks of their own, or some: make test ARGS=path
	@$(BIN)/pytest $(if $(ARGS),$(ARGS),$(IN_THREE_WORKERS))

faults: install ## Kill and freeze services and what they stand on, at every failpoint, and look whether all is well
	@$(BIN)/pytest -m "faults and not campaign" --timeout 1200 $(if $(ARGS),$(ARGS),tests services/evaluation/tests/containers $(IN_TWO_WORKERS))

example: install ## Run the tests of the example project in docs/examples/agent, as its reader would
	@$(BIN)/pytest -m example --timeout 600 tests/docs/test_example_project.py $(ARGS)

campaign: install ## Run the faults that last long, on a stack of their own
	@$(BIN)/pytest -m campaign --timeout 0 $(ARGS)

simulate: install ## Play seeds of the simulation: make simulate SEEDS=1000, or one with its trace: SEED=17
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)

fuzz: install ## Try the API with made-up requests: make fuzz ARGS="--examples 500"
	@$(BIN)/python -m tests.fuzz $(ARGS)

check: lint types imports contracts-check ## Check format, style, types, layers and contracts

lint: install ## Check format and style
	@$(BIN)/ruff format --check $(SOURCES) conftest.py
	@$(BIN)/ruff check $(SOURCES) conftest.py

format: install ## Write the format, and mend what can be mended
	@$(BIN)/ruff check --fix $(SOURCES) conftest.py
	@$(BIN)/ruff format $(SOURCES) conftest.py

types: install ## Check types strictly
	@$(BIN)/mypy $(addprefix -p ,$(MODULES)) -p tests

imports: install ## Check who may import whom
	@$(BIN)/lint-imports

contracts: install ## Write the events' JSON Schemas; refuses what would break readers
	@$(BIN)/python -m joust_contracts.export

coverage: install ## Write docs/api/coverage.md: which tests try each endpoint
	@$(BIN)/python -m tests.straw

contracts-check: install
	@$(BIN)/python -m joust_contracts.export --check

migration: install ## Write a migration: make migration SERVICE=task MESSAGE="Add a column"
	@$(BIN)/joust migration $(SERVICE) "$(MESSAGE)"

bench: install ## Measure against floors of the same run; results in bench-results/
	@$(BIN)/python -m tests.performance $(ARGS)

calibrate: install ## Have the configured judge score submissions of known order: make calibrate ARGS="--runs 5"
	@$(BIN)/python -m joust_evaluation calibrate $(ARGS)

budget: install ## Allow what each step of a bounty costs now, in statements, requests, events
	@$(BIN)/pytest -q tests/performance/test_budget.py --write-budget

up: install ## Bring the stack up and stay (Ctrl-C stops all)
	@$(BIN)/joust up

containers: ## Bring the stack up in containers: make containers ARGS="--profile replicas"
	@docker compose $(ARGS) up --wait --wait-timeout 600

infrastructure: ## Bring PostgreSQL, Kafka, S3 and Valkey up in containers, prepared for the services
	@docker compose up --wait --wait-timeout 600 postgres kafka s3 valkey
	@docker compose run --rm prepare

compose-test: install ## Run the tests of the stack in containers; their images are built or pulled
	@$(BIN)/pytest -m containers --timeout 0 $(if $(TESTS),$(TESTS),tests/containers tests/docs/test_example_project.py) -s $(ARGS)

compose-e2e: install ## Run the end-to-end tests on the stack in containers; what needs its processes at hand is skipped
	@$(BIN)/pytest --stack containers --timeout 900 tests/e2e $(ARGS)

play: ## Play a bounty on the stack in containers
	@docker compose run --rm play

secrets: install ## Write .env with secrets of your own for the stack in containers
	@$(BIN)/python -m joust_embedded.own_secrets .env.example .env

down: install ## Stop a running stack
	@$(BIN)/joust down

status: install ## Show the processes of a running stack
	@$(BIN)/joust status

lock: install ## Pin third-party packages anew
	@$(BIN)/python deploy/requirements/lock.py

clean: ## Remove the stack's data and the virtual environment
	@rm -rf .joust $(VENV) bench-results
