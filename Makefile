# Two commands matter: `make lab` opens the lessons, `make test` runs what must pass anywhere.
#   make lab PYTHON=python3.13           choose the Python that .venv is made with
#   make lab ARGS="--no-browser"         pass options on to JupyterLab
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help lab test coverage prove bench hostile latency lint notebooks docs class lite screenshots lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The first of these that is Python 3.11 to 3.13 makes .venv.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c $(SUPPORTED) 2>/dev/null && echo $$python && break; done)
SUPPORTED := 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
# The first import lists the machine's fonts and may say so, which no lesson should.
FONTS := $(BIN)/python -c 'import matplotlib.font_manager'
# An editable package is compiled when it is first run, and by some settings of Python then each time.
COMPILE := $(BIN)/python -m compileall -q layerlab
PYTEST := $(BIN)/python -m pytest --quiet
# Browser tests check the benches with axe-core where npm can fetch it, and skip that where there is no npm.
AXE := $(shell command -v npm >/dev/null && echo node_modules/axe-core/axe.min.js)
ARGS ?=

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' $(MAKEFILE_LIST) | expand -t 16

lab: $(VENV)/lab.done ## open the lessons in JupyterLab, in your own copy (my-notebooks/)
	@$(BIN)/python tools/lab.py $(ARGS)

test: lint $(AXE) ## run every test that needs neither root nor Docker
	$(PYTEST) -p no:nbval --numprocesses=logical --dist=worksteal --ignore=tests/notebooks --ignore=tests/browser
	$(PYTEST) -p no:nbval tests/browser
	$(PYTEST) --numprocesses=logical --dist=loadfile --nbval --nbval-current-env --nbval-cell-timeout=60 notebooks tests/notebooks

# Without the browser and the notebooks, which run in processes that take too long when each line is noted.
coverage: $(VENV)/test.done ## tell which lines of the package no test runs
	$(BIN)/coverage erase
	-$(BIN)/coverage run -m pytest --quiet -p no:nbval --ignore=tests/notebooks --ignore=tests/browser $(ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

node_modules/reveal.js/package.json: node_modules/axe-core/axe.min.js ;

node_modules/axe-core/axe.min.js: package.json package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

prove: $(VENV)/test.done ## compare with this machine's kernel and engines (ARGS="--seed new --count 1000000")
	$(BIN)/python -m tools.prove --json build/prove.json $(ARGS)

bench: $(VENV)/test.done ## time the model beside the kernel, inspect beside its peers, and what people wait for first
	@$(COMPILE)
	@$(BIN)/python tools/benchmark.py
	@echo
	@$(BIN)/python tools/loading.py

hostile: $(VENV)/test.done ## load archives made to do harm, each in a process of its own, and tell what they cost
	$(BIN)/python -m tools.hostile

latency: $(VENV)/test.done ## time every bench from a click to the new picture (ARGS="sharing --rounds 50")
	$(BIN)/python -m tools.latency $(ARGS)

lint: $(VENV)/test.done ## check style, layout and types
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary

notebooks: $(VENV)/test.done ## run every notebook afresh and write it in its one normal form
	$(BIN)/python tools/rebuild.py

docs: $(VENV)/test.done ## write the cheat sheet, glossary, beliefs, instructor guide and the drawing of the rooms to docs/
	$(BIN)/python -m tools.docs
	$(BIN)/python -m tools.architecture

lite: $(VENV)/lite.done node_modules/axe-core/axe.min.js ## build a site in which lessons run without an installation
	$(BIN)/python -m tools.lite

class: $(VENV)/lab.done node_modules/reveal.js/package.json ## write slides and a printable handout for each lesson, and the cheat sheet
	$(BIN)/python -m tools.classroom

screenshots: $(VENV)/test.done ## write pictures of every bench, light and dark, to docs/benches/
	$(BIN)/python -m tools.screenshots

lock: $(VENV)/test.done ## resolve the newest versions again and write constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[lock]'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--annotation-style line --custom-compile-command 'make lock' \
		--output-file constraints.txt pyproject.toml

clean: ## remove .venv and caches; my-notebooks/ stays
	rm -rf $(VENV) node_modules .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find layerlab tests tools -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c $(SUPPORTED) 2>/dev/null; then \
		echo "layerlab needs Python 3.11, 3.12 or 3.13: install one, or name it with make PYTHON=..." >&2; exit 1; fi
	@echo "Making $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)

# Installed again when a requirement or a pinned version changes, else not touched.
$(VENV)/lab.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable .
	@$(FONTS)
	@$(COMPILE)
	@touch $@

$(VENV)/lite.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[test,lite]'
	@touch $@

$(VENV)/test.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[test,dev]'
	@$(FONTS)
	@$(COMPILE)
	@touch $@ $(VENV)/lab.done
