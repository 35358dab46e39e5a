# Every target is safe to repeat. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint format bench bench-training soak clean port
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PORT ?= 8501
# The first interpreter on PATH that is new enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# An index to look for PyTorch in first, e.g. https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
PYTEST_ARGS ?=
# A process of tests a core; each may need 1.5 GB, so that more than four would crowd a laptop.
TEST_PROCESSES := -n logical --maxprocesses 4

# The first installation takes minutes: on a terminal pip shows how far it is, in a log it keeps quiet.
QUIET := $(shell test -t 2 || echo --quiet)

PY := .venv/bin/python
# A stamp names what was installed and where: it is stale when a pin changes, and when the folder was moved.
STAMP := .venv/.installed-$(shell { echo '$(CURDIR)'; cat requirements.txt pyproject.toml; } | cksum | cut -d' ' -f1)
DEV_STAMP := .venv/.installed-dev-$(shell { echo '$(CURDIR)'; cat requirements.txt requirements-dev.txt; } | cksum | cut -d' ' -f1)

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' \
		| while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done
	@echo "  Variables: PORT=$(PORT) (of the app), PYTHON=$(PYTHON), TORCH_INDEX (index with the PyTorch build wanted), PYTEST_ARGS"

setup: $(STAMP)  ## create .venv and install the product with its pinned requirements

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found; name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "cannot create .venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(STAMP): | $(PY)
	@echo "Installing into .venv (the first time takes some minutes) ..."
	@if [ -n "$(TORCH_INDEX)" ]; then \
		$(PY) -m pip install $(QUIET) --disable-pip-version-check --index-url "$(TORCH_INDEX)" "$$(grep -oE '^torch==[^ ]+' requirements.txt)"; fi
	@$(PY) -m pip install $(QUIET) --disable-pip-version-check -r requirements.txt -e .
	@rm -f .venv/.installed-[0-9]*
	@touch $@

setup-dev: $(STAMP) $(DEV_STAMP)

$(DEV_STAMP): $(STAMP)
	@echo "Installing the test tools into .venv ..."
	@$(PY) -m pip install $(QUIET) --disable-pip-version-check -r requirements-dev.txt
	@rm -f .venv/.installed-dev-*
	@touch $@

port:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found; name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m cli.port "$(PORT)"

run: port setup  ## open the app on this machine, with the sample catalogue indexed
	@$(PY) -m cli.main index samples/catalogue.md --name sample --if-needed
	@echo "The app is on http://127.0.0.1:$(PORT) - Ctrl-C ends it."
	@exec $(PY) -m streamlit run new_rag.py --server.address 127.0.0.1 --server.port "$(PORT)"

test: setup-dev  ## run every test but the long counts, in the browser too
	@$(PY) -m cli.chromium
	@$(PY) -m pytest -m "not soak" $(TEST_PROCESSES) $(PYTEST_ARGS)

soak: setup-dev  ## run the long counts of crash, load and mutation tests
	@$(PY) -m pytest -m soak $(PYTEST_ARGS)

lint: setup-dev  ## check style, format, types and who imports whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

format: setup-dev  ## rewrite the code in the project's format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: setup-dev  ## measure quality and speed side by side with the references, into reports/
	@$(PY) -m benchmarks.retrieval
	@$(PY) -m benchmarks.silver
	@$(PY) -m benchmarks.understanding
	@$(PY) -m benchmarks.answers
	@$(PY) -m benchmarks.search

bench-training: setup-dev  ## train and measure what that is worth, into reports/: most of a day on 2 cores; wants REALDATA_DIR
	@$(PY) -m benchmarks.training

clean:  ## delete .venv and caches; catalogues, indexes and models stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov build dist *.egg-info
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
