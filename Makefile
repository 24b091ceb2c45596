# Everything there is to learn. Needs Python 3.11 or newer; the first target called makes .venv from uv.lock.

SCALE ?= small
KAFKA ?= apache
KILLS ?= 300

# Bytecode is kept, also where the environment says not to: without it a process starts a second later.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
READY := .venv/.set-up

.DEFAULT_GOAL := help
.PHONY: help demo up test faults check bench bench-timetable

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

demo: $(READY) ## Run the whole market once, from registration to contract (SCALE=small or full)
	@$(BIN)/market demo --scale $(SCALE)

up: $(READY) ## Start the market and leave it running; Ctrl-C ends it
	@$(BIN)/market up

test: $(READY) ## Run every test on real servers (KAFKA=apache or noida)
	@$(BIN)/pytest --kafka $(KAFKA) --numprocesses 3 --dist loadscope --no-loadscope-reorder

faults: $(READY) ## Kill and freeze parts of a market under load, at length (KILLS=300 SEED=)
	@$(BIN)/python -m tests.faults --kills $(KILLS) $(if $(SEED),--seed $(SEED))

check: $(READY) ## Check style, types, import rules, event schemas and manifests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/market schemas check
	@$(BIN)/python -m deploy.check

bench: $(READY) ## Measure speed and memory against a floor in the same run
	@$(BIN)/python -m bench

bench-timetable: $(READY) ## Solve the published days and made-up ones, next to what is published and to simple peers
	@$(BIN)/python -m bench.timetable

$(READY): deploy/set_up.sh pyproject.toml uv.lock
	@sh deploy/set_up.sh
	@touch $@
