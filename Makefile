# SiteChat Infra. `make help` lists the targets. Python >= 3.11, Node >= 20 and Terraform >= 1.11 are all it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
EMULATORS := .venv-emulators
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Compiled modules are what makes the second run fast; some images switch them off.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-fast test-slow lint format pr bench synth-next docs map addresses rights constraints app clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 16

setup: $(VENV)/.ready $(EMULATORS)/.ready ## Install everything (what, how much and how long is printed first)

$(VENV)/.ready: requirements.txt requirements-dev.txt constraints.txt pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" bash tools/setup.sh product $(VENV)

$(EMULATORS)/.ready: requirements-emulators.txt constraints-emulators.txt tools/setup.sh
	@PYTHON="$(PYTHON)" bash tools/setup.sh emulators $(EMULATORS)
	@echo "setup: done. Next: make demo (a whole environment, no account), or source $(BIN)/activate, then sitechat doctor"
	@echo "       --env dev. The stock cdktf command is not among it: npm ci installs that (420 MB), where you want it."

demo: setup ## Deploy a whole environment to the emulated AWS and open the way to its report
	@$(BIN)/python -m pipeline.demo

# Three at a time: some tests wait. A file stays on one worker, as below.
test: setup ## The tests that take ten minutes; those of deployments with real Terraform are in test-slow
	@$(PYTEST) -m "not slow" -n 3 --dist loadgroup --no-loadscope-reorder -q $(ARGS)

# A file stays on one worker: what a module synthesises or starts, it shares. In the order of collection, since the files
# with the fewest tests, which would come last, are those that take longest.
test-fast: setup ## The tests without Terraform
	@TIMEFORMAT='test-fast: %R s, %U + %S s of CPU'; \
	time $(PYTEST) -m "not slow" --ignore=tests/e2e -n 2 --dist loadfile --no-loadscope-reorder -q $(ARGS)

# Four at a time: most of them wait for what a deployment waits for. A file stays on one worker, as above. Terraform and the
# provider collect garbage less often: a fifth less of the processors for each of their several hundred processes.
test-slow: setup node_modules/.ready ## What takes minutes: deployments, faults, an OpenSearch domain, stock cdktf
	@GOGC=400 $(PYTEST) -m slow -n 4 --dist loadgroup --no-loadscope-reorder -v $(ARGS)

node_modules/.ready: package.json package-lock.json
	@echo "Installing cdktf-cli for the tests of the stock commands (about 420 MB, half a minute)"
	@npm ci --no-audit --no-fund --loglevel=error && touch $@

lint: setup ## ruff, mypy --strict and, for the workflows, zizmor
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy . && $(BIN)/zizmor --offline --quiet .github

format: setup ## Rewrite the code in the house format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

pr: lint test ## What CI runs on a pull request

bench: setup ## Measure synth, scan and growth; prints medians, writes a plot
	@$(BIN)/python -m tools.bench $(ARGS)

synth-next: $(VENV)/.ready .venv-next/cdktf/.ready .venv-next/cdktn/.ready ## Synthesise under bindings to come: provider 6, CDK Terrain
	@$(BIN)/python -m tools.next

.venv-next/%/.ready: tools/next/requirements-%.txt tools/setup.sh
	@PYTHON="$(PYTHON)" bash tools/setup.sh $* .venv-next/$*

docs: setup ## Rewrite what documents take from the code: settings, prices, security review, emulation, pictures
	@$(BIN)/python -m config.reference
	@$(BIN)/python -m tools.cost_document
	@$(BIN)/python -m tools.price_document
	@$(BIN)/python -m tools.assurance.review
	@$(BIN)/python -m local_aws.document
	@$(BIN)/python -m tools.dashboards

map: setup ## Rooms, arrows and circles of the source tree (ARGS=--arrows lists them)
	@$(BIN)/python -m tools.map $(ARGS)

addresses: setup ## Rewrite tests/addresses/*.txt, and the types the gate vouches for, after an intended change of resources
	@$(BIN)/python -m tests.support.addresses
	@$(BIN)/python -m tools.vouched --write

rights: setup ## Record anew what Terraform asks of AWS by resource type (takes long)
	@$(BIN)/python -m tests.e2e.record_rights $(ARGS)

constraints: ## Pin anew what pip resolves below the requirements
	@bash tools/constraints.sh

app: setup ## The reference application on http://127.0.0.1:8080, with a fake model and no account
	@SITECHAT_MODE=local PYTHONPATH=examples:. $(BIN)/python -m sitechat_app

clean: ## Stop the emulators and delete what was installed or generated
	@if [ -x $(BIN)/sitechat ]; then $(BIN)/sitechat local down || true; fi
	rm -rf $(VENV) $(EMULATORS) .venv-next .venv-app node_modules .sitechat cdktf.out .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info build
