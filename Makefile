# Two commands matter: `make lab` opens the lessons, `make test` runs what must pass anywhere.
#   make lab PYTHON=python3.13           choose the Python that .venv is made with
#   make lab ARGS="--no-browser"         pass options on to JupyterLab
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help lab present test coverage prove bench hostile latency lowest lint notebooks docs class lite walk book hub screenshots lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The first of these that is Python 3.11 or newer makes .venv.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c $(SUPPORTED) 2>/dev/null && echo $$python && break; done)
SUPPORTED := 'import sys; sys.exit(not sys.version_info >= (3, 11))'
# The first import lists the machine's fonts and may say so, which no lesson should.
FONTS := $(BIN)/python -c 'import matplotlib.font_manager'
# An editable package is compiled when it is first run, and by some settings of Python then each time.
COMPILE := $(BIN)/python -m compileall -q layerlab
PYTEST := $(BIN)/python -m pytest --quiet
# Browser tests check the benches with axe-core where npm can fetch it, and skip that where there is no npm.
AXE := $(shell command -v npm >/dev/null && echo node_modules/axe-core/axe.min.js)
ARGS ?=
# What `make test` runs a sample of: a thousand seeds of each question, and each lesson with every cell run twice.
LONG := tests/course/test_bank.py tests/notebooks/test_run_twice.py

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' $(MAKEFILE_LIST) | expand -t 16

lab: $(VENV)/lab.done ## open the lessons in JupyterLab, in your own copy (my-notebooks/)
	@$(BIN)/layerlab lab --folder my-notebooks $(if $(ARGS),-- $(ARGS))

present: $(VENV)/present.done ## show a lesson on a projector, one step a screen (ARGS=02)
	@$(BIN)/layerlab present $(or $(ARGS),00)

test: lint $(AXE) ## run every test that needs neither root nor Docker
	$(PYTEST) -p no:nbval --numprocesses=logical --dist=worksteal --ignore=tests/notebooks --ignore=tests/browser
	$(PYTEST) -p no:nbval --numprocesses=logical --dist=loadfile tests/browser
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
	$(if $(ARGS),,LAYERLAB_LONG=1 $(PYTEST) -p no:nbval --numprocesses=logical --dist=worksteal $(LONG))

bench: $(VENV)/test.done ## time the model beside the kernel, inspect beside its peers, and what people wait for first
	@$(COMPILE)
	@$(BIN)/python tools/benchmark.py
	@echo
	@$(BIN)/python tools/loading.py

hostile: $(VENV)/test.done ## load archives made to do harm, each in a process of its own, and tell what they cost
	$(BIN)/python -m tools.hostile

latency: $(VENV)/test.done ## time every bench from a click to the new picture (ARGS="sharing --rounds 50")
	$(BIN)/python -m tools.latency $(ARGS)

# uv takes the lowest versions of what pyproject.toml names; tests need newer tools of their own. The oldest matplotlib
# uses what its newer dependencies warn about.
lowest: $(VENV)/test.done ## run the tests that depend on other packages with the lowest versions that are allowed, and with Colab's
	@$(PIP) install --constraint constraints.txt uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(VENV)/lowest
	@$(BIN)/uv pip install --quiet --python $(VENV)/lowest/bin/python --resolution lowest-direct --editable '.[test]'
	$(VENV)/lowest/bin/python -m pytest --quiet -p no:nbval -W ignore::DeprecationWarning --numprocesses=logical \
		tests/picture tests/benches tests/course tests/cli tests/archive tests/engine_api
	$(VENV)/lowest/bin/python -m pytest --quiet --nbval --nbval-current-env --nbval-cell-timeout=60 notebooks
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(VENV)/colab
	@$(BIN)/uv pip install --quiet --python $(VENV)/colab/bin/python --requirement tests/data/colab.txt --editable .
	$(VENV)/colab/bin/python -m pytest --quiet --nbval --nbval-current-env --nbval-cell-timeout=60 -W ignore notebooks/[01]*.ipynb

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
	$(BIN)/python -m tools.lite $(ARGS)

walk: $(VENV)/lite.done ## run every lesson of that site in a browser, and compare its text (ARGS=04)
	$(BIN)/python -m tools.lite_walk $(ARGS)

book: $(VENV)/book.done ## write the lessons, papers and the reference as pages, with links to the lessons alive
	$(BIN)/python -m tools.book

hub: build/hub/done ## let thirty learners work at once on a hub here: failures, seconds, memory (ARGS="--learners 3 --pace 10")
	build/hub/venv/bin/python -m tools.hub $(ARGS)

class: $(VENV)/lab.done node_modules/reveal.js/package.json ## write slides and a printable handout for each lesson, and the cheat sheet
	$(BIN)/python -m tools.classroom

screenshots: $(VENV)/test.done lite book ## write pictures of every bench and of every way into the lessons
	$(BIN)/python -m tools.screenshots
	$(BIN)/python -m tools.ways

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
		echo "layerlab needs Python 3.11 or newer: install one, or name it with make PYTHON=..." >&2; exit 1; fi
	@echo "Making $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)

# Installed again when a requirement or a pinned version changes, else not touched.
$(VENV)/lab.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[lab]'
	@$(FONTS)
	@$(COMPILE)
	@touch $@

$(VENV)/present.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[present]'
	@$(FONTS)
	@$(COMPILE)
	@touch $@ $(VENV)/lab.done

$(VENV)/lite.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[test,lite]'
	@touch $@

$(VENV)/book.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[book]'
	@touch $@

# In an environment apart, because what a hub needs adds itself to JupyterLab. Its proxy is a program of npm.
build/hub/done: pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/python -m venv build/hub/venv
	@build/hub/venv/bin/python -m pip --quiet --disable-pip-version-check install --constraint constraints.txt --editable '.[hub]'
	@npm install --prefix build/hub --ignore-scripts --no-audit --no-fund --silent configurable-http-proxy@5.3.0
	@touch $@

$(VENV)/test.done: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable '.[test,dev]'
	@$(FONTS)
	@$(COMPILE)
	@touch $@ $(VENV)/lab.done
