# Two commands do all the set-up: `make demo` and `make test`. Nothing but Python 3.11 has to be there first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help venv demo test unit check fmt bench lock lock-image clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

venv: $(READY) ## make the virtual environment from the lock file

# uv is several times faster where it is there; pip alone does the same.
$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("ebond needs Python 3.11 or newer; say make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt; \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY) ## start two real systems and a gateway, and keep them in step
	$(BIN)/ebond demo

test: $(READY) ## the whole test suite
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

unit: $(READY) ## the unit tests alone
	$(BIN)/python -m pytest tests/unit

check: $(READY) ## formatting, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY) ## repair formatting and what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## measure, print a table, write bench.json
	$(BIN)/python -m tests.benchmarks.run

lock: ## compile requirements.txt anew (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --all-extras \
	  --quiet pyproject.toml -o requirements.txt
	$(MAKE) lock-image

# The image holds what a fleet runs with and nothing else, in the very versions that were tested.
IMAGE_LOCK = uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --quiet \
  --constraint requirements.txt

lock-image: ## compile the image's lock files from requirements.txt (needs uv)
	$(IMAGE_LOCK) --extra postgres pyproject.toml -o deploy/requirements.txt
	echo hatchling | $(IMAGE_LOCK) - -o deploy/requirements-build.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist bench.json
