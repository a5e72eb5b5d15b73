# make run    set up what is missing, start Proofsheet
# make setup  the whole environment for work on it; FULL=1 adds .venv-full with torch; GPU=1 or GPU=0
#             decides over .venv instead of the search for an NVIDIA GPU
# make test   every test; make check  linters and types; make bench  the benchmarks; make clean

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

GPU ?= $(shell nvidia-smi -L 2>/dev/null | grep -q '^GPU' && echo 1 || echo 0)
KIND := $(if $(filter 1,$(GPU)),gpu,cpu)
REQUIREMENTS := $(if $(filter 1,$(GPU)),requirements.txt,requirements-cpu.txt)
PYTHON ?=
PHOTOS ?= ../shared/data/eval/coco_gt80_val
PIP := -m pip --disable-pip-version-check install
BIN := .venv/bin

# ONNX Runtime would report to its maker which networks run here.
export ORT_DISABLE_TELEMETRY := 1

# Stamps are named after what they stand for, so that another choice builds anew.
RUNTIME := .stamps/runtime-$(KIND)
DEV := .stamps/dev-$(KIND)
FULLENV := .stamps/full
FRONTEND := .stamps/frontend
WEIGHTS := .stamps/weights
CI_OR_FULL := $(or $(filter true,$(CI)),$(filter 1,$(FULL)))

.PHONY: help setup run test unit integration alone browser torch tools check bench clean

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

setup: $(DEV) $(FRONTEND) $(WEIGHTS) $(if $(CI_OR_FULL),$(FULLENV))

run: $(RUNTIME) $(FRONTEND) $(WEIGHTS)
	@exec $(BIN)/python main.py $(ARGS)

$(RUNTIME): $(REQUIREMENTS)
	@mkdir -p .stamps
	@rm -f .stamps/runtime-* .stamps/dev-*
	@python=$$(PYTHON=$(PYTHON) sh scripts/python.sh) && { $(BIN)/python -c '' 2>/dev/null || \
		{ echo "Making .venv with $$python"; $$python -m venv --clear .venv; }; }
	@# Both OpenCV packages own the same files: the one that is not wanted goes first.
	@$(BIN)/python -m pip --disable-pip-version-check uninstall -q -y \
		$(if $(filter 1,$(GPU)),opencv-python-headless,opencv-python) 2>/dev/null
	@echo "Installing the packages of $(REQUIREMENTS)"
	@$(BIN)/python $(PIP) --quiet -r $(REQUIREMENTS)
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.txt
	@echo "Installing the packages of requirements-dev.txt"
	@$(BIN)/python $(PIP) --quiet -r $(REQUIREMENTS) -r requirements-dev.txt
	@touch $@

$(FULLENV): requirements.txt requirements-dev.txt
	@mkdir -p .stamps
	@python=$$(PYTHON=$(PYTHON) sh scripts/python.sh) && { .venv-full/bin/python -c '' 2>/dev/null || \
		{ echo "Making .venv-full with $$python"; $$python -m venv --clear .venv-full; }; }
	@echo "Installing the packages of requirements.txt with torch: several GB, some minutes"
	@.venv-full/bin/python $(PIP) --quiet -r requirements.txt -r requirements-dev.txt
	@touch $@

$(FRONTEND): package.json package-lock.json scripts/vendor.mjs scripts/native.mjs scripts/opener.mjs scripts/frontend.sh | $(RUNTIME)
	@echo "Installing the front-end packages"
	@sh scripts/frontend.sh $(BIN)/python
	@touch $@

# A model that cannot be had turns its stage off, with a message in the page; it stops nothing but CI.
$(WEIGHTS): ml/weights/manifest.toml | $(RUNTIME)
	@echo "Fetching the default weights"
	@if $(BIN)/python -m ml weights fetch; then touch $@; \
	elif [ "$(CI)" = true ]; then exit 1; \
	else echo "Some weights are missing; what needs them is off. The next start tries again." >&2; fi

test: setup tools check unit integration alone browser $(if $(CI_OR_FULL)$(wildcard .venv-full/bin/python),torch)

tools:
	@bash scripts/tools.sh

unit: $(DEV)
	$(BIN)/python -m pytest tests/unit -n auto -m "not torch"

integration: $(DEV) $(FRONTEND) $(WEIGHTS)
	$(BIN)/python -m pytest tests/integration -n auto --dist loadfile -m "not torch and not alone"

alone: $(DEV) $(FRONTEND) $(WEIGHTS)
	$(BIN)/python -m pytest tests/integration -m alone

browser: $(DEV) $(FRONTEND) $(WEIGHTS)
	$(BIN)/python -m pytest tests/browser -m "not torch"

torch: $(FULLENV) $(WEIGHTS)
	.venv-full/bin/python -m pytest tests -m torch

check: $(DEV) $(FRONTEND)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@if command -v npm >/dev/null; then npm run --silent budget; else echo "No npm: script sizes not weighed."; fi

bench: setup $(FULLENV)
	@mkdir -p build docs/figures
	$(BIN)/python -m ml benchmark --json > build/benchmark.json
	$(BIN)/python -m ml evaluate tags --data $(PHOTOS) --json > build/tags.json
	mv build/benchmark.json build/tags.json docs/figures/
	$(BIN)/python -m scripts.tables

# Photos, database and weights stay.
clean:
	rm -rf .venv .venv-full .stamps node_modules static/vendor build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
