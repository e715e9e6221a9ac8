.DEFAULT_GOAL := help
.PHONY: help run test slow chaos check docs recorded bench speed audit clean
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Without bytecode kept each start takes seconds more, and the tests start hundreds of programs.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show these verbs
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r verb what; do printf '  make %-7s %s\n' "$$verb" "$$what"; done

# A folder that was moved needs its environment anew: the programs in it name their place.
HERE := $(shell grep -qF "$$(pwd -P)/.venv" .venv/pyvenv.cfg 2>/dev/null && echo yes)
ifneq ($(HERE),yes)
.PHONY: $(READY)
endif

# uv installs in seconds what takes pip minutes; pip is enough to fetch it. A home that cannot be
# written to has no room for uv's cache.
INSTALL = $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[analysts,dev]'
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodguest needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; name another with: make run PYTHON=python3.11")'
	@echo 'Installing into .venv: once, and up to a few minutes where packages have to be fetched ...'
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(INSTALL) || { echo 'Once more, without a cache ...'; $(INSTALL) --no-cache; }
	@touch $(READY)

run: $(READY) ## Let the sample town talk, and read its weekly digest (ONCE=1: end after it)
	@$(BIN)/python -m samples.run $(if $(ONCE),--once)

test: $(READY) ## Run all tests
	$(BIN)/python -m pytest -n auto --maxprocesses 2 --dist worksteal

slow: $(READY) ## Run what takes minutes: a team's set-up with Celery, backfills of weeks
	$(BIN)/python -m pytest -m slow --durations 0

chaos: $(READY) ## Kill and disturb a running town for ten minutes, and compare (MINUTES=, KILLS=, SEED=, WAREHOUSE=postgresql)
	@$(BIN)/python -m samples.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) $(if $(WAREHOUSE),--warehouse $(WAREHOUSE))

check: $(READY) ## Check format, lint, types, import layers and generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check --preview --select AIR dags
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

docs: $(READY) ## Write the generated parts of the docs anew
	$(BIN)/python -m docs.generate

RECORDED ?= ../shared/recorded
recorded: $(READY) ## Write anew what becomes of recorded answers (RECORDED=folder)
	$(BIN)/python -m docs.recorded '$(RECORDED)'
	$(BIN)/python -m docs.text '$(RECORDED)/..'

bench: $(READY) ## Measure stages, loading and views, and write docs/performance.md (POSTS=n)
	$(BIN)/python -m bench.page $(if $(POSTS),--posts $(POSTS))

signs: $(READY) ## Measure early signs on simulated quiet years, and write docs/signs.md
	$(BIN)/python -m docs.signs

speed: $(READY) ## Measure refine against its gates, and write docs/refine.md (SIZE=10k|100k; 1M: docs/refine-1M.md)
	$(BIN)/python -m bench --size $(or $(SIZE),100k) --dest $(or $(DEST),sqlite) --page docs/refine$(if $(filter 1M,$(SIZE)),-1M).md $(if $(PEERS),--peers dlt --peers-python '$(PEERS)')

audit: $(READY) ## Hold the pinned packages against known weaknesses (needs a network)
	$(BIN)/python -m uv tool run pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

clean: ## Remove the environment and all collected data
	rm -rf .venv data logs .secrets *.egg-info
