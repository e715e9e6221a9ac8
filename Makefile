.DEFAULT_GOAL := help
.PHONY: help run test check docs bench clean
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

help: ## Show these verbs
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r verb what; do printf '  make %-7s %s\n' "$$verb" "$$what"; done

# uv resolves and installs in seconds what takes pip minutes; pip is enough to fetch it.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodguest needs Python 3.11 or newer; name one with: make run PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

run: $(READY) ## Let the sample town talk, and read its weekly digest (ONCE=1: end after it)
	@$(BIN)/python -m samples.run $(if $(ONCE),--once)

test: $(READY) ## Run all tests
	$(BIN)/python -m pytest -n auto --maxprocesses 2

check: $(READY) ## Check format, lint, types, import layers and generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check --preview --select AIR dags
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

docs: $(READY) ## Write the generated parts of the docs anew
	$(BIN)/python -m docs.generate

bench: $(READY) ## Measure the pipeline's stages on posts it makes up
	$(BIN)/python -m bench

clean: ## Remove the environment and all collected data
	rm -rf .venv data logs .secrets *.egg-info
