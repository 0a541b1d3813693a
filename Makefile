# What a developer types. .venv is the one that start.py makes; the dev extra is added to it.

PYTHON ?= python3
VENV := $(or $(IL2_VENV),.venv)
BIN := $(VENV)/bin
TOOLS := $(VENV)/dev-installed

.DEFAULT_GOAL := check
.PHONY: check fix test run golden rulebook settings elements mutation openapi fuzz servers bench build

check: $(TOOLS) ## everything that CI checks, but the package itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest

fix: $(TOOLS) ## what a machine can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test:
	$(PYTHON) start.py test

run:
	$(PYTHON) start.py

golden: ## rewrite the golden cards; read the diff before you commit it
	$(PYTHON) start.py test --update-golden

rulebook: $(TOOLS) ## rewrite what is generated of the rule book; the tests fail while it is old
	$(BIN)/python -m tests.rulebook

settings: $(TOOLS) ## rewrite docs/settings.md from the models of the settings
	$(BIN)/python -m tests.settings_page

elements: $(TOOLS) ## rewrite what R4 allows, from the models of fhir.resources
	$(BIN)/python -m tests.elements

mutation: $(TOOLS) ## put faults into the rules and see whether the tests notice: up to an hour
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[test,mutation]"
	$(BIN)/python -m tests.mutation.run

openapi: $(TOOLS) ## rewrite docs/openapi.json and docs/hostile-input.md; the tests fail while they are old
	$(BIN)/python -m tests.openapi
	$(BIN)/python -m tests.hostile.page

fuzz: $(TOOLS) ## call the running service from its description, a minute or so
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[test,fuzz]"
	$(BIN)/python -m tests.fuzz.run

servers: $(TOOLS) ## start real FHIR servers and read the charts back: half a minute, the first time longer
	$(BIN)/python -m pytest tests/servers/read_back.py tests/servers/own_codes.py tests/servers/facts.py tests/servers/cards.py tests/servers/sandbox.py

bench: $(TOOLS) ## how fast it reads from a FHIR server; a quiet machine, please
	$(BIN)/python -m benchmarks.fetching
	$(BIN)/python -m benchmarks.bulkhead

build: $(TOOLS)
	$(BIN)/python -m build

$(TOOLS): pyproject.toml constraints.txt
	$(PYTHON) start.py test --version
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[test,dev]"
	touch $@
