# The two commands a newcomer needs are `make run` and `make test`; the rest is for working on AuZap.
SHELL := bash
.DEFAULT_GOAL := help

PYTHON_VERSION := $(shell cat .python-version)
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
ENV ?= staging
comma := ,

export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export PYTHONPATH := $(CURDIR):$(CURDIR)/shared

.PHONY: help run reset test check unit chaos evals bench format events openapi schemathesis verify-audit upgrade advisories sbom lock synth deploy destroy test-localstack tools

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

tools: $(VENV)/.installed node_modules/.installed

$(VENV)/.installed: requirements.lock .python-version
	@echo "Installing the Python packages (once)"
	@test -x $(PY) || python$(basename $(PYTHON_VERSION)) -m venv $(VENV) || python3 -m venv $(VENV)
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "AuZap needs Python 3.13: install it and remove $(VENV)"; exit 1; }
	@test -x $(UV) || $(PY) -m pip install --quiet --disable-pip-version-check $$(grep -oE '^uv==[0-9.]+' requirements.lock)
	@$(UV) pip sync --quiet --require-hashes --python $(PY) requirements.lock
	@touch $@

node_modules/.installed: package-lock.json
	@echo "Installing the CDK command line (once)"
	@npm ci --silent
	@touch $@

run: tools ## Start the whole product on this machine
	@$(PY) -m local.run

reset: tools ## Forget the local data, so that the next start is a first one
	@$(PY) -m local.reset

test: tools ## Run every check and every test
	@.ci/check
	@$(PY) -m pytest tests/unit tests/infra tests/api tests/functions tests/db -n 2 --dist loadfile
	@$(PY) -m pytest tests/chaos
	@$(PY) -m pytest tests/evals -n 2
	@$(PY) -m pytest tests/local

check: tools ## Format, lint, types, architecture, secrets
	@.ci/check

unit: tools ## The tests that need no machinery
	@$(PY) -m pytest tests/unit -n 2

chaos: tools ## Run the house under every fault at full size: WHAT=G1,G4 SEED=7 SIZE=0.1
	@$(PY) -m tests.chaos $(subst $(comma), ,$(WHAT)) $(if $(SEED),--seed $(SEED)) $(if $(SIZE),--size $(SIZE))

evals: tools ## Hold the scenarios' conversations with a model and judge them: WHAT=emergency,english K=5
	@$(PY) -m tests.evals $(subst $(comma), ,$(WHAT)) $(if $(K),-k $(K))

bench: tools ## Measure the ratios of the design against their floors
	@$(PY) -m bench

format: tools ## Format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

events: tools ## Write the catalogue of events that the panel's types are made from
	@$(PY) .ci/events.py

openapi: tools ## Write the specification of the API, and the panel's types of it and of the events
	@$(PY) .ci/openapi.py

schemathesis: tools ## Ask of every route what its specification lets be asked, and what it does not: CASES=10 of each
	@AUZAP_CASES=$(or $(CASES),10) $(PY) -m pytest tests/api/test_schemathesis.py tests/api/test_strange_requests.py -q -n 2

verify-audit: tools ## Check the audit trails against their seals: SHOP=<organization>, else of every shop; by AUZAP_DATABASE_URL
	@$(PY) -m auzap.audit.checking $(SHOP)

upgrade: tools ## Before a release: the tests of FROM=<the tag before>, its code, on the schema of now: TESTS=tests/functions
	@git diff --diff-filter=DMR --exit-code --stat $(FROM) -- shared/auzap/db/migrations || { echo "A released migration was changed: write another one"; exit 1; }
	@$(PY) .ci/upgrade.py $(FROM) $(or $(TESTS),tests/functions tests/chaos/test_chaos.py)

advisories: tools ## Ask whether what is deployed, and what deploys it, has known weaknesses
	@for layer in data api agent; do $(UV) tool run -q pip-audit@2.10.1 --require-hashes --disable-pip -r layers/$$layer.lock || exit 1; done
	@npm audit --audit-level=high

sbom: tools ## Write the bill of materials of what is deployed, as CycloneDX
	@$(PY) .ci/sbom.py && echo "It is in .build/sbom.json"

lock: tools ## Pin again after a change of pyproject.toml
	@$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --all-extras --group dev -o requirements.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --group emulator -o requirements-emulator.lock
	@for layer in data api agent; do \
	  $(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --extra $$layer -c requirements.lock -o layers/$$layer.lock; \
	done

synth: tools ## Write the CloudFormation templates of ENV, without an AWS account
	@node_modules/.bin/cdk synth --quiet -c env=$(ENV) && echo "Templates are in cdk.out"

deploy: tools ## Deploy ENV, migrations included
	@$(PY) .ci/sbom.py
	@node_modules/.bin/cdk deploy --all --require-approval never -c env=$(ENV)

destroy: tools ## Remove ENV
	@node_modules/.bin/cdk destroy --all -c env=$(ENV)

test-localstack: tools ## Run the emulator's contract tests against LocalStack
	@$(PY) -m local.localstack
