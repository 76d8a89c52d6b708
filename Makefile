# Everything sets itself up: a bare Python 3.11 or newer with pip is enough; uv is used where it is there.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help reports test test-quick bench lab check lint lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

reports: $(READY) ## build site/ from the embedded seeds and data, offline; only what changed
	$(BIN)/torkham reports

test: $(READY) ## check style, types and tables, then run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/torkham check
	$(BIN)/pytest -n auto --dist loadgroup

test-quick: $(READY) ## run the tests that start no kernel and no browser
	$(BIN)/pytest -m 'not slow and not browser'

bench: $(READY) ## print time and memory of each method against the size of its input (takes a while)
	@for file in benchmarks/bench_*.py; do \
		echo "$$(basename $$file .py)"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

lab: $(READY) ## open JupyterLab on notebooks/index.ipynb
	$(BIN)/jupyter lab --config=jupyter_lab_config.py

check: $(READY) ## hold every table against its descriptor and the codebook
	$(BIN)/torkham check

lint: $(READY) ## repair style where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin every version anew (needs uv)
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --quiet --output-file requirements.lock

clean: ## remove the environment and the built site
	rm -rf $(VENV) site

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once)"
	@if command -v uv >/dev/null 2>&1 && \
		uv venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV) && \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . ; \
	then :; else \
		$(PYTHON) -m venv --clear $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ; \
	fi
	@touch $@
