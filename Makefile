# `make chat` starts Zeitfrage, `make test` runs all checks and tests.
# Both need Python 3.11 or newer and nothing else; the first run installs into .venv.

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

# The first interpreter that is new enough; `make PYTHON=… chat` names another.
PYTHON ?= $(firstword $(foreach name,python3.12 python3.13 python3.11 python3 python,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))

.PHONY: chat test check fast-tests slow-tests browser-tests benchmarks clean

chat: $(VENV)/installed
	@$(BIN)/zeitfrage serve

test: check fast-tests slow-tests browser-tests

check: $(VENV)/installed-dev .check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.check $(BIN)/mypy -p zeitfrage

fast-tests: $(VENV)/installed-dev
	$(BIN)/pytest -m "not browser and not benchmark and not slow"

slow-tests: $(VENV)/installed-dev
	$(BIN)/pytest -m slow

browser-tests: $(VENV)/installed-dev
	$(BIN)/pytest -m browser

benchmarks: $(VENV)/installed-dev
	$(BIN)/pytest -m benchmark -s

clean:
	rm -rf $(VENV) .check build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/installed

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Zeitfrage needs Python 3.11 or newer; found: $$(python3 --version 2>&1)."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 chat"; exit 1; } >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make virtual environments;" \
			"on Debian and Ubuntu: apt install $(notdir $(PYTHON))-venv"; exit 1; } >&2

# mypy finds the folders under the names that they are installed as.
.check: Makefile
	@mkdir -p .check/zeitfrage
	@for part in assistant config index; do ln -sfn ../../$$part .check/zeitfrage/$$part; done
	@touch .check
