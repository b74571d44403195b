# One command per need; the same ones run in CI. `make help` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test cover lint fmt docs grammar bench build bounds lock clean venv

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CONF ?= examples/Corefile
JOBS ?= auto
ARGS ?=

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(STAMP)  ## lint CONF (examples/Corefile) and serve it
	$(BIN)/corefile lint $(CONF)
	@echo
	@echo "  try:  dig @127.0.0.1 -p 1053 www.example.org"
	@echo "        dig @127.0.0.1 -p 1053 whoami.example.net"
	@echo
	$(BIN)/corefile run -conf $(CONF)

test: $(STAMP)  ## run the tests (ARGS='-k name' to choose)
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

cover: $(STAMP)  ## run the tests and show which lines and branches they miss
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=term-missing $(ARGS)

lint: $(STAMP)  ## ruff, mypy and pyright
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

fmt: $(STAMP)  ## format the Python sources
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(STAMP)  ## write the generated pages of docs/
	$(BIN)/python docs/build.py

grammar: $(STAMP)  ## make the parser's tables of corefile.lark
	$(BIN)/python -m corefile_grammar.generate

bench: $(STAMP)  ## measure (ARGS="--against 'coredns=…' --cases …", ARGS=list, ARGS=--help)
	$(BIN)/python -m tests.bench $(ARGS)

build: $(STAMP)  ## build the wheel and the sdist into dist/
	$(BIN)/python -m build --no-isolation

bounds: $(STAMP)  ## install the wheel with the newest and the lowest libraries that it allows, and try it
	$(BIN)/python .ci/bounds.py

lock: $(STAMP)  ## take up today's releases: write requirements.lock
	$(BIN)/python .ci/lock.py

venv: $(STAMP)  ## create or refresh .venv

clean:  ## remove .venv and everything that was generated
	rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when these change: the sources are used in place.
$(STAMP): pyproject.toml requirements.lock
	@PYTHON='$(PYTHON)' sh .ci/venv $(VENV)
	@touch $@
