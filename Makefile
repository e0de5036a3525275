# `make demo` and `make test` are all a newcomer needs; the rest is for people who work on DevMatrix.
PYTHON ?= $(shell for v in python3.13 python3.12 python3.11 python3; do command -v $$v >/dev/null && $$v -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$v; break; }; done)
BIN := .venv/bin
export PYTHON

.PHONY: demo test lint types contracts migrations check lock clean

demo: .venv/installed
	@scripts/system_packages.sh bwrap git
	@$(BIN)/python manage.py demo

test: .venv/installed-dev
	@scripts/system_packages.sh bwrap git initdb? chromium? node?
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

lint: .venv/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed-dev
	@$(BIN)/mypy

contracts: .venv/installed-dev
	@$(BIN)/lint-imports

migrations: .venv/installed-dev
	@$(BIN)/python manage.py makemigrations --check --dry-run

check: lint types contracts migrations test

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: sudo apt-get install -y python3 python3-venv" >&2; exit 1; }
	@scripts/system_packages.sh venv
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing requirements.txt into .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing requirements-dev.txt into .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

# Pin anew: resolves requirements*.in into requirements*.txt.
lock: | .venv/bin/python
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --upgrade --output-file requirements.txt requirements.in
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --upgrade --output-file requirements-dev.txt requirements-dev.in

clean:
	rm -rf var .venv .mypy_cache .ruff_cache .pytest_cache staticfiles
