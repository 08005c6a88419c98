# Fairway. `make demo` and `make test` do everything on a fresh machine; each target prints what it does and works twice.
PORT ?= 8000
PYTHON ?= python3
VENV ?= .venv
DATA_DIR ?= $(CURDIR)/var
BIN := $(VENV)/bin
export DATA_DIR

.PHONY: demo run test lint fmt screens bars clean help

help:
	@echo "make demo     build everything and serve the demo school on http://127.0.0.1:$(PORT)"
	@echo "make test     run the whole test suite (SERVERS=1: with PostgreSQL, Redis, Elasticsearch and Chromium, installed where missing)"
	@echo "make run      serve what is in DATA_DIR"
	@echo "make lint     ruff, mypy, import contracts"
	@echo "make fmt      format the code"
	@echo "make screens  pictures of every page, role, language, width and theme into $(DATA_DIR)/screens"
	@echo "make bars     measure the bars that need a running demo"
	@echo "make clean    remove the environment and everything the product wrote"

$(VENV)/.runtime: requirements.txt
	@echo "== Environment: runtime packages into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	@touch $@

$(VENV)/.tests: tests/requirements.txt requirements.txt
	@echo "== Environment: runtime and test packages into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/requirements.txt
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	@PORT=$(PORT) $(BIN)/python manage.py demo --port $(PORT)

run: $(VENV)/.runtime
	@echo "== Serving http://127.0.0.1:$(PORT) from $(DATA_DIR)"
	@$(BIN)/python manage.py build_messages
	@$(BIN)/python manage.py migrate --no-input -v 0
	@$(BIN)/python manage.py collectstatic --no-input -v 0
	@RUN_WORKER_INLINE=1 $(BIN)/daphne -b 127.0.0.1 -p $(PORT) backend.config.asgi:application

test: $(VENV)/.tests
	@$(BIN)/python -m tests.run

lint: $(VENV)/.tests
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== mypy"
	@$(BIN)/mypy matching search/text.py search/query.py search/documents.py search/results.py fairs/protocol fairs/planning
	@echo "== import contracts"
	@$(BIN)/lint-imports

fmt: $(VENV)/.tests
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

screens: $(VENV)/.tests
	@echo "== Pictures into $(DATA_DIR)/screens (the demo must be running on port $(PORT))"
	@$(BIN)/python -m tests.journeys.screens --base-url http://127.0.0.1:$(PORT) --out $(DATA_DIR)/screens

bars: $(VENV)/.tests
	@$(BIN)/python -m tests.bars

clean:
	@echo "== Removing $(VENV), $(DATA_DIR) and caches"
	@rm -rf $(VENV) $(DATA_DIR) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
