.DEFAULT_GOAL := help
UV ?= $(or $(shell command -v uv),.tools/bin/uv)
RUN := $(UV) run --locked
# Tools that start many times are compiled once, where they are first used.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-11s %s\n", $$1, $$2}'

# uv is taken from the PATH; without one it is installed into .tools.
.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet 'uv>=0.9,<1'

BOOTSTRAP := $(filter .tools/bin/uv,$(UV))

.PHONY: demo
demo: $(BOOTSTRAP) ## install mlops-new as a user would, and create ./demo with it
	$(UV) venv --quiet --clear .cache/demo-venv
	$(UV) pip install --quiet --python .cache/demo-venv .
	.cache/demo-venv/bin/mlops-new demo --defaults

.PHONY: setup
setup: $(BOOTSTRAP) ## install everything for development, as locked
	$(UV) sync --locked --quiet

.PHONY: lint
lint: setup ## style, types, generated files
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) python -m mlops_new.reference --check
	$(RUN) python -m mlops_new.overlays --check
	$(RUN) python scripts/slots.py --check
	$(RUN) python scripts/lock_template.py --check
	$(RUN) python -m scripts.definitions --check

.PHONY: test
test: lint ## for every change: core combinations and all pairs proved, the generator, a sample of projects really used
	$(RUN) python -m proof --pairs
	$(RUN) pytest --numprocesses 2 --dist worksteal -m "not full"

.PHONY: test-full
test-full: lint proof ## everything: the whole space proved, every engine really used with all it can meet
	$(RUN) pytest --numprocesses 2 --dist worksteal

.PHONY: proof
proof: setup ## render all that any combination of answers can give, lint it, report; PROOF="--shard 1/4 -j 2"
	$(RUN) python -m proof $(PROOF)

.PHONY: mutants
mutants: setup ## plant defects and show that each is caught by the check that should
	$(RUN) python -m scripts.mutants

.PHONY: template-change
template-change: setup ## refuse a change of the template without a line in the change log; BASE=origin/main
	$(RUN) python -m scripts.template_change $(or $(BASE),origin/main)

.PHONY: quick
quick: setup ## the tests that take seconds
	$(RUN) pytest --numprocesses 2 tests/generator

.PHONY: benchmarks
benchmarks: setup ## measure, beside rivals, and write docs/benchmarks.md
	$(RUN) python -m benchmarks.command --write
	$(RUN) python -m benchmarks.growth --write
	$(RUN) python -m benchmarks.tables --write

.PHONY: coverage
coverage: setup ## how much of each overlay's Python the tests of projects execute; ONLY=orchestrator_argo
	$(RUN) python -m scripts.overlay_coverage --at-least 80 $(if $(ONLY),--only $(ONLY),--write)

.PHONY: reference
reference: setup ## write docs/reference/
	$(RUN) python -m mlops_new.reference

.PHONY: dist
dist: setup ## build wheel and sdist into dist/, with the locked tools
	rm -rf dist
	$(RUN) uv build --quiet --no-build-isolation --python .venv

# Zensical keeps its cache in .cache beside its configuration, and may delete all of it: it gets a folder of its own.
.PHONY: docs
docs: $(BOOTSTRAP) ## build the site of docs/ into site/; a broken link fails
	rm -rf .cache/docs site
	mkdir -p .cache/docs
	cp -R docs zensical.toml .cache/docs
	$(RUN) --only-group docs zensical build --strict --config-file .cache/docs/zensical.toml
	mv .cache/docs/site site

.PHONY: overlays
overlays: setup ## write questions/overlays.yml, after a folder of the template came or went
	$(RUN) python -m mlops_new.overlays

.PHONY: slots
slots: setup ## write the tables of slots in docs/template.md, after a slot came, went or was filled
	$(RUN) python scripts/slots.py

.PHONY: lock
lock: setup ## write the lock files of mlops-new and of every generated project
	$(UV) lock
	$(RUN) python scripts/lock_template.py

.PHONY: definitions
definitions: setup ## write the pipeline definitions that projects ship, after a change of the code that writes them
	$(RUN) python -m scripts.definitions
