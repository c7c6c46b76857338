# make run    serve the dashboard on http://127.0.0.1:8050
# make test   lint, types and the tests (with PostgreSQL and a browser)
# make test-slow   the long tests; .ci/run calls both
# make lint | format | types | unit | browser | bench | lock | clean

.DEFAULT_GOAL := run

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all:
# What is needed to run, and what is needed to test, was installed when these were last touched.
RUN_READY := $(VENV)/.run-ready
TEST_READY := $(VENV)/.test-ready
CHECKED := app.py dashboard layouts callbacks data_access
# uv writes the lock files; its version is fixed so that two people write the same ones.
UV := uv==0.13.9
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

# The Procfile is the one place that says how the server is started.
SERVE = $(shell sed -n 's/^web: *//p' Procfile)

.PHONY: run test test-slow lint format types unit browser bench lock clean data test-tools

$(PYTHON):
	@for candidate in python3 python3.13 python3.12 python3.11; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        "$$candidate" -m venv $(VENV) && exit 0; \
	        rm -rf $(VENV); \
	        echo "The virtual environment could not be made; on Debian and Ubuntu install the package python3-venv." >&2; \
	        exit 1; \
	    fi; \
	done; \
	echo "Python 3.11 or newer is needed; python3 is: $$(python3 --version 2>&1 || true)" >&2; \
	echo "Install a newer one, or put it on the PATH as python3, python3.11, python3.12 or python3.13." >&2; \
	exit 1

$(RUN_READY): requirements.txt | $(PYTHON)
	@echo "Installing what the dashboard needs (once) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(TEST_READY): requirements-test.txt $(RUN_READY)
	@echo "Installing what the tests need (once) ..."
	@$(INSTALL) -r requirements-test.txt
	@touch $@

# Opening the database brings its schema to the newest revision.
data: $(RUN_READY)
	@$(PYTHON) -m dashboard load-demo

run: data
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(SERVE)

test-tools: $(TEST_READY)
	@.ci/install-browser

# The journeys wait for what a reader sees, and come last so that they wait for nothing but each other.
test: test-tools lint types
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile -m "not browser and not slow"
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile -m "browser and not slow"

# The walks over every cell and every figure, the drills, and the journeys through the pages of the pooled study.
test-slow: test-tools
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile -m slow

lint: $(TEST_READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(TEST_READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(TEST_READY)
	@$(BIN)/mypy $(CHECKED)

unit: $(TEST_READY)
	@$(PYTHON) -m pytest -m "not browser and not postgres"

browser: test-tools
	@$(PYTHON) -m pytest -m browser

bench: test-tools
	@$(PYTHON) -m benchmarks

# Keeps the versions that are locked; `make lock UPGRADE=--upgrade` moves to the newest.
lock: | $(PYTHON)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check $(UV)
	$(COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	$(COMPILE) $(UPGRADE) requirements-test.in -o requirements-test.txt

# Leaves var/ alone: data live there.
clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
