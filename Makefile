# Two commands set all up: `make demo` for the main job, `make test` for the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed

.PHONY: demo test bench lint constraints clean

$(DONE): pyproject.toml .constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Coach needs Python 3.11 to 3.13; call: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(DONE)
	$(BIN)/coach demo

test: $(DONE)
	$(BIN)/ruff check coach tests
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2 --dist loadfile

# Every figure beside its floor, in some eight minutes; `make bench ARGS=--large` goes up to 500,000 clients.
bench: $(DONE)
	$(BIN)/python -m tests.bench $(ARGS)

lint: $(DONE)
	$(BIN)/ruff check coach tests

# Pins every package with its hashes for Python 3.11 to 3.13, without naming where it came from.
constraints: $(DONE)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o .constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache
