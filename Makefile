.DEFAULT_GOAL := help
.PHONY: help setup run test test-full bench check format docs lock package clean
SHELL := /bin/bash
PY := .venv/bin
# A file's tests share what they built, so a process takes whole files, the long ones of tests/jobs first.
PYTEST := $(PY)/pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

help: ## list the targets
	@echo "basketry: product associations, recommendations and embeddings from a lake of shop receipts"; echo
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

setup: ## environment in .venv, Horovod wheel, Delta JAR (done by run and test as well)
	@scripts/setup

run: setup ## the whole suite on real receipts: data/raw -> Delta tables below data/lake
	@$(PY)/python scripts/sample_lake
	@$(PY)/basketry run

test: check ## every test but the slow tier
	@$(PYTEST) -m "not full"

test-full: check run ## test as shipped (queries compiled), and the slow tier (marker: full): spark-submit, the sample lake
	@$(PYTEST) --compiled

bench: setup ## on the lake of `make run`: each stage beside other software, both nulls on noise
	@$(PY)/python bench/mining.py
	@$(PY)/python bench/cleaning.py
	@$(PY)/python bench/recommending.py
	@$(PY)/python bench/calibration.py
	@$(PY)/python bench/clusters.py
	@$(PY)/python bench/demand.py
	@$(PY)/python bench/embeddings.py
	@$(PY)/python bench/training.py
	@$(PY)/python bench/training_peers.py
	@$(PY)/python bench/exchange.py --parts large sizes
	@$(PY)/python bench/updating.py counts
	@$(PY)/python bench/updating_quick.py
	@$(PY)/python bench/streaming.py

check: setup ## linter, formatter and types
	@$(PY)/ruff check .
	@$(PY)/ruff format --check .
	@$(PY)/mypy

format: setup ## rewrite the sources in the house style
	@$(PY)/ruff check --fix .
	@$(PY)/ruff format .

docs: setup ## write conf/base.yaml, docs/tables.md and the picture in README.md from the code
	@$(PY)/python scripts/generate_docs.py

lock: setup ## resolve setup.py again into requirements.lock
	@$(PY)/uv pip compile setup.py --quiet --all-extras --python-version 3.11 --no-header --no-emit-index-url \
	  --generate-hashes --upgrade --output-file requirements.lock

package: setup ## dist/: what a cluster needs, library as a zip and a wheel, jobs, settings, submit
	@scripts/package

clean: ## remove what was built, not the data or the environment
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis lib/*.egg-info
