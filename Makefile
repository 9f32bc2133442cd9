# Every target sets up what it needs, once, and again only when its lock file changed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3

# ---- what a stamp is keyed on: the lock file, the interpreter, the place (a venv can't be moved)
PLACE := $(CURDIR) $(shell $(PYTHON) --version 2>&1)
key = $(shell { cat $1 2>/dev/null; echo "$(PLACE)"; } | git hash-object --stdin | cut -c1-12)
BASE := .venv/.base-$(call key,/dev/null)
DEV := .venv/.dev-$(call key,requirements.txt requirements-dev.txt)
# a .venv that has the tests' packages has the demo's too
RUN := $(firstword $(wildcard $(DEV)) .venv/.run-$(call key,requirements.txt))
EMULATOR := .venv-emulator/.run-$(call key,local/emulator/requirements.txt)
NODE := node_modules/.run-$(call key,package.json package-lock.json)
PY := .venv/bin/python
SYNC := .venv/bin/uv pip sync --quiet --require-hashes
CDK := node_modules/.bin/cdk

# ---- variables of the demo, checked before anything is set up
ITEMS ?= 10000
HOT ?= 0
FAULTS ?= 0
SEED ?=
YES ?= 0
undigit = $(subst 9,,$(subst 8,,$(subst 7,,$(subst 6,,$(subst 5,,$(subst 4,,$(subst 3,,$(subst 2,,$(subst 1,,$(subst 0,,$1))))))))))
number = $(and $(filter 1,$(words $1)),$(if $(call undigit,$1),,$1))
ifneq ($(filter demo,$(MAKECMDGOALS)),)
  ifneq ($(ITEMS),all)
    ifeq ($(and $(call number,$(ITEMS)),$(shell [ "0$(call number,$(ITEMS))" -ge 1 ] && [ "0$(call number,$(ITEMS))" -le 336776 ] && echo yes)),)
      $(error ITEMS=$(ITEMS) is not a number of rows: give 1 to 336776, or ITEMS=all)
    endif
  endif
  $(foreach flag,HOT FAULTS,$(if $(filter-out 0 1,$(or $($(flag)),0)),$(error $(flag)=$($(flag)) is not a switch: give $(flag)=1 to turn it on, or leave it out)))
  $(if $(SEED),$(if $(call number,$(SEED)),,$(error SEED=$(SEED) is not a whole number: give the seed that an earlier run printed, such as SEED=7)))
endif
ifneq ($(filter-out 0 1,$(NARROW)),)
  $(error NARROW=$(NARROW) is not a switch: give NARROW=1 to replace the policies of a bootstrap that is not ours)
endif
ifneq ($(filter-out 0 1,$(YES)),)
  $(error YES=$(YES) is not a switch: give YES=1 to deploy without questions, or leave it out)
endif
export ENV
# the CDK's processes: no banners about the age of Node (this one wants the versions that it may keep quiet about), and
# no report of what we do
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED := true
export CDK_DISABLE_CLI_TELEMETRY := true

.PHONY: help setup demo test test-long coverage servers break e2e-store e2e-fanout e2e-upgrade e2e-restore restore lost reopen release-code e2e-iam explain memory parked unpark rebuild swap simulate explore e2e-faults bench-fanout bench-plan bench-batch bench-foils bench-store bench-peers bench-import bench-clients bench-compression check format snapshots release-templates synth bootstrap deploy deploy-pipeline smoke e2e-pipeline deploy-macro diff lock clean environment

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) $(EMULATOR) $(NODE) ## set up everything now (every target does its part by itself)

demo: $(RUN) $(EMULATOR) $(NODE) ## run a batch on a local AWS: ITEMS=10000|all HOT=1 FAULTS=1 SEED=n
	@$(PY) -m local.demo --items $(ITEMS) $(if $(filter 1,$(HOT)),--hot) $(if $(filter 1,$(FAULTS)),--faults) $(if $(SEED),--seed $(SEED))

test: $(DEV) ## check, then the tests (those that take longest are test-long's)
	@$(MAKE) --no-print-directory -j 2 check servers
	@$(PY) -m pytest -n 2 --dist loadscope

test-long: $(DEV) servers ## what make test leaves out: mends taken away, all of the simulation, layers built twice, trials (half an hour)
	@$(PY) -m pytest -n 2 --dist loadscope -m long

coverage: $(DEV) servers ## the tests once more, with the coverage of the library (a quarter of an hour)
	@$(PY) -m pytest -n 2 --dist loadscope --cov --cov-report=term

servers: $(EMULATOR) $(NODE) $(DEV)
	@$(PY) -m local.dynamodb_local install

break: $(DEV) ## take each guard of the count away, in a copy, and watch a test fail (minutes)
	@$(PY) -m local.dynamodb_local install
	@$(PY) -m tests.guards

e2e-store: $(DEV) ## 100,000 appends under faults, judged from the clients' history: APPENDS=n SEED=n (ten minutes and more)
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m tests.history $(if $(APPENDS),--appends $(APPENDS)) $(if $(SEED),--seed $(SEED))

e2e-upgrade: $(DEV) $(EMULATOR) $(NODE) ## each release on record, filled, upgraded to the present and taken back (ten minutes)
	@$(PY) -m pytest tests/upgrade -m long -p no:cacheprovider

e2e-restore: $(DEV) $(EMULATOR) $(NODE) ## a deployed environment loses its table's end, is restored, switched, rebuilt (five minutes)
	@$(PY) -m pytest tests/restore -m "long or not long" -p no:cacheprovider

e2e-fanout: $(DEV) $(EMULATOR) $(NODE) ## the deployed fan-out under every fault, poison, mending, a rebuild: FLIGHTS=n SEED=n (half an hour)
	@PYTHONPATH=layers $(PY) -m tests.fanout $(if $(FLIGHTS),--flights $(FLIGHTS)) $(if $(SEED),--seed $(SEED))

e2e-iam: $(DEV) $(EMULATOR) $(NODE) ## the demo and every other path with roles enforced; used versus granted; each function without a permission: ITEMS=n (ten minutes)
	@PYTHONPATH=layers $(PY) -m tests.iam $(if $(filter command environment,$(word 1,$(origin ITEMS))),--items $(ITEMS))

explain: $(RUN) ## what became of a command: ENV=dev COMMAND=id | CORRELATION=id | STREAM=s VERSION=n
	@PYTHONPATH=layers $(PY) -m tallygate.explain --environment "$$ENV" $(if $(COMMAND),--command "$(COMMAND)") \
	  $(if $(CORRELATION),--correlation "$(CORRELATION)") $(if $(STREAM),--stream "$(STREAM)") $(if $(VERSION),--version $(VERSION))

memory: environment $(RUN) ## memory that functions used, and what to give them: ENV=dev DAYS=7
	@PYTHONPATH=layers $(PY) -m tallygate.memory_use --environment "$$ENV" $(if $(DAYS),--days "$(DAYS)")

parked: $(RUN) ## streams that stand still: ENV=dev CONSUMER=fleet-1
	@PYTHONPATH=layers $(PY) -m tallygate.projections parked --environment "$$ENV" --consumer "$(CONSUMER)"

unpark: $(RUN) ## let a parked stream go on: ENV=dev CONSUMER=fleet-1 STREAM=aircraft-N14228 (all of them without STREAM)
	@PYTHONPATH=layers $(PY) -m tallygate.projections unpark --environment "$$ENV" --consumer "$(CONSUMER)" $(if $(STREAM),--stream "$(STREAM)",--all)

rebuild: $(RUN) ## fill a version of a projection, or make sure that it is full: ENV=dev CONSUMER=fleet-2
	@PYTHONPATH=layers $(PY) -m tallygate.projections rebuild --environment "$$ENV" --consumer "$(CONSUMER)"

swap: $(RUN) ## point readers to a version of a projection: ENV=dev CONSUMER=fleet-2
	@PYTHONPATH=layers $(PY) -m tallygate.projections swap --environment "$$ENV" --consumer "$(CONSUMER)"

restore: $(RUN) ## restore the events table to a time, as a new one: ENV=dev AT=2026-11-21T10:00:00Z EPOCH=n (docs/restore.md)
	@PYTHONPATH=layers $(PY) -m tallygate.restore table --environment "$$ENV" --at "$(AT)" $(if $(EPOCH),--epoch "$(EPOCH)")

lost: $(RUN) ## what the table before a restore has and the restored one lacks: ENV=dev OLD=table
	@PYTHONPATH=layers $(PY) -m tallygate.restore lost --environment "$$ENV" $(if $(OLD),--old "$(OLD)")

reopen: $(RUN) ## batches that counted what a restore has lost: ENV=dev AT=2026-11-21T10:00:00Z BEFORE=time YES=1
	@PYTHONPATH=layers $(PY) -m tallygate.restore reopen --environment "$$ENV" --at "$(AT)" $(if $(BEFORE),--before "$(BEFORE)") $(if $(filter 1,$(YES)),--yes)

bench-fanout: $(DEV) $(EMULATOR) $(NODE) ## latency, drain, units and memory of the fan-out (six minutes)
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m bench.fanout

simulate: $(DEV) ## many simulated batches, or one with its trace: RUNS=n SEED=n
	@PYTHONPATH=layers $(PY) -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS))

explore: $(DEV) ## all interleavings of a small batch: CRASHES=n FAULTS=n POLLS=n (minutes, and a GB or two)
	@PYTHONPATH=layers $(PY) -m tests.exploration $(if $(CRASHES),--crashes $(CRASHES)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(POLLS),--polls $(POLLS))

e2e-faults: $(DEV) $(EMULATOR) $(NODE) ## the deployed batch under every fault: poison, force, redrive, cancel, deploy: BATCH=n SEED=n (a quarter of an hour)
	@PYTHONPATH=layers $(PY) -m tests.trial $(if $(BATCH),--items $(BATCH)) $(if $(SEED),--seed $(SEED))

bench-plan: $(DEV) ## lines a second of the plan, and its memory, up to ten million lines (ten minutes)
	@PYTHONPATH=layers $(PY) -m bench.plan

bench-batch: $(DEV) $(EMULATOR) $(NODE) ## throughput, request units and a cost receipt of batches, both ways to dispatch (ten minutes)
	@PYTHONPATH=layers $(PY) -m bench.batch

bench-foils: $(DEV) $(EMULATOR) ## ten ways to count a batch under the same faults, simulated and on DynamoDB Local (five minutes)
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m bench.foils

bench-store: $(DEV) ## the event store over bare boto3: time, request units, hot streams; then other stores (five minutes)
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m bench.store; store=$$?; $(MAKE) --no-print-directory bench-peers && exit $$store

bench-peers: $(DEV) ## the same work on other event stores, on one DynamoDB Local
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m bench.peers

bench-import: $(DEV) ## what a cold start of each function costs over boto3, and sizes: RUNS=n (five minutes)
	@PYTHONPATH=layers $(PY) -m bench.imports

bench-clients: $(DEV) ## a stuck socket, and connections kept or closed: botocore's defaults and ours
	@$(PY) -m local.dynamodb_local install
	@PYTHONPATH=layers $(PY) -m bench.clients

bench-compression: $(DEV) ## codecs for commits, on real flight records
	@PYTHONPATH=layers $(PY) -m bench.compression

check: $(DEV) ## ruff, mypy (strict) and the import rules
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@PYTHONPATH=layers .venv/bin/lint-imports --no-cache

format: $(DEV) ## let ruff lay out and mend the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

snapshots: $(DEV) ## write the stacks' snapshots anew (read the diff before you commit it)
	@UPDATE_SNAPSHOTS=1 $(PY) -m pytest -q tests/infra/test_snapshots.py

release-templates: $(DEV) ## write tests/releases/v<version>/ from the templates as they are now
	@$(PY) -m tests.infra.release_templates

release-code: $(DEV) ## write tests/releases/v<version>/code.tar.gz from the code as it is now
	@$(PY) -m tests.infra.release_code

synth: $(RUN) $(NODE) ## synthesize every environment (or ENV=dev), with cdk-nag
	@$(if $(ENV),$(PYTHON) -m stacks.environments "$$ENV" &&) $(CDK) synth '**' --quiet --no-notices $(if $(ENV),-c "env=$$ENV")

environment:
	@$(PYTHON) -m stacks.environments "$$ENV"

bootstrap: environment $(RUN) $(NODE) ## prepare an AWS account and region, once and after each release: ENV=dev TRUST=account NARROW=1
	@$(PY) -m stacks.preflight "$$ENV"
	@$(PY) -m stacks.bootstrap $(if $(TRUST),--trust "$(TRUST)") $(if $(filter 1,$(NARROW)),--narrow)

# the stacks live in a stage, where the CLI's --all doesn't look
STACKS = $(or $(if $(filter pipeline,$(ENV)),Pipeline),$(if $(filter macro,$(ENV)),UseLatest),*/*)

deploy: environment $(RUN) $(NODE) ## deploy to AWS: ENV=dev|test|prod, and YES=1 to be asked nothing
	@$(PY) -m stacks.preflight "$$ENV"
	@[ "$(YES)" = 1 ] || [ -t 0 ] || { echo "there is no terminal to ask on: look at make diff ENV=$$ENV, then give YES=1" >&2; exit 2; }
	@$(CDK) deploy '$(STACKS)' -c "env=$$ENV" $(if $(filter 1,$(YES)),--require-approval never)

deploy-macro: ## deploy the macro UseLatest to AWS, for templates that are not CDK: YES=1 to be asked nothing
	@$(MAKE) --no-print-directory deploy ENV=macro

deploy-pipeline: ## deploy the pipeline of pipeline.toml; from then on it deploys itself: YES=1
	@$(MAKE) --no-print-directory deploy ENV=pipeline

diff: environment $(RUN) $(NODE) ## what a deployment would change: ENV=dev|test|prod|pipeline|macro
	@$(PY) -m stacks.preflight "$$ENV"
	@$(CDK) diff '$(STACKS)' -c "env=$$ENV"

smoke: environment $(RUN) ## a small batch on a deployed environment must be exact: ENV=dev|test|prod
	@$(PY) -m stacks.preflight "$$ENV"
	@PYTHONPATH=layers $(PY) -m tallygate.smoke --environment "$$ENV" $(if $(EVENTS_TABLE),--events-table "$(EVENTS_TABLE)")

e2e-pipeline: $(DEV) $(EMULATOR) $(NODE) ## what the pipeline's builds run, in order, on a clean clone after a push, make test included (half an hour)
	@PYTHONPATH=layers $(PY) -m tests.pipeline

lock: $(RUN) ## write the lock files from the .in files
	@for folder in . layers/vendor local/emulator bench/peers; do ( cd $$folder && for in in requirements*.in; do \
	  $(CURDIR)/.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $$in -o $${in%.in}.txt; done ) || exit 1; done
	@npm install --package-lock-only --silent
	@cd bench/peers && npm install --package-lock-only --silent

clean: ## remove everything that make set up or a run left behind
	rm -rf bench/peers/.venv-* bench/peers/node_modules
	rm -rf .venv .venv-emulator node_modules .cache .local cdk.out .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- set-up
$(BASE):
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, found %s: run make PYTHON=/path/to/python3.13" % sys.version.split()[0])'
	@echo "setting up .venv"
	@$(PYTHON) -m venv --clear .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > .venv/uv.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@touch $@

$(DEV): $(BASE)
	@echo "setting up .venv from requirements.txt and requirements-dev.txt"
	@rm -f .venv/.run-* .venv/.dev-*
	@$(SYNC) --python $(PY) requirements.txt requirements-dev.txt
	@touch $@

.venv/.run-%: $(BASE)
	@echo "setting up .venv from requirements.txt"
	@rm -f .venv/.run-* .venv/.dev-*
	@$(SYNC) --python $(PY) requirements.txt
	@touch $@

$(EMULATOR): $(BASE)
	@echo "setting up .venv-emulator from local/emulator/requirements.txt"
	@.venv/bin/uv venv --quiet --clear --python $(PY) .venv-emulator
	@$(SYNC) --python .venv-emulator/bin/python local/emulator/requirements.txt
	@touch $@

$(NODE):
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("Node 20 or newer is needed, found " + process.version); process.exit(1) }'
	@echo "setting up node_modules from package-lock.json"
	@npm ci --silent
	@touch $@
