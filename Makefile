# Two commands on a fresh machine with Python 3.11+ and make:
#   make demo    environment, install, and the main job on real text
#   make test    every test
PYTHON ?= python3
BIN := .venv/bin
DATA ?= ../shared/data

.PHONY: demo test check fix bench docs lock clean

demo: .venv/.demo
	$(BIN)/python demo/docstrings.py demo-output/docstrings.csv
	$(BIN)/shoal cluster demo-output/docstrings.csv --text summary --id name --truth module \
		-o demo-output/docstrings.clusters --force
	@echo
	@echo "Open the report: $(CURDIR)/demo-output/docstrings.clusters/report.html"

test: .venv/.dev
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev
	$(BIN)/python benchmarks/how_good_is_the_main_job.py $(DATA)
	$(BIN)/python benchmarks/how_light_is_it.py

docs: .venv/.dev
	$(BIN)/python docs/make_reference.py

lock:
	uv pip compile pyproject.toml --extra pandas --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra pandas --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links -q -o requirements-dev.lock

clean:
	rm -rf .venv demo-output build dist .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "shoal needs Python 3.11 or newer; name one with: make demo PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.demo: requirements.lock pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@
