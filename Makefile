# Two commands do everything: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
RUN = .venv/bin/python
FOLDER ?= .run
STORIES ?= 2000
RATE ?= 8
EVERY ?= 2
NODES ?= 1
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help run test check unit contracts-test integration journeys chaos-short chaos chaos-crashes chaos-rolling browser demo token clock bench bench-report contracts lock format clean

help: ## What can be typed.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/ready: requirements-dev.lock
	@$(PYTHON) deploy/local/setup.py

run: .venv/ready ## The whole system on this machine; Ctrl-C ends it.
	@$(RUN) -m deploy.local.run --folder $(FOLDER)

test: check unit contracts-test integration journeys chaos-short ## Everything that proves it.

check: .venv/ready ## Style, types, import rules, compose file, lock files.
	@$(RUN) -m ruff format --check --quiet .
	@$(RUN) -m ruff check --quiet .
	@$(RUN) -m mypy contracts chassis services clients deploy tests
	@.venv/bin/lint-imports --no-cache
	@$(RUN) -m deploy.check

unit: .venv/ready ## Pure rules.
	@$(RUN) -m pytest -q tests/unit

contracts-test: .venv/ready ## Contracts against the code.
	@$(RUN) -m pytest -q tests/contracts

integration: .venv/ready ## Every service through its doors, on a real PostgreSQL and RabbitMQ.
	@$(RUN) -m pytest -q tests/integration

journeys: .venv/ready ## The whole system from outside, over HTTP and SMTP only.
	@$(RUN) -m pytest -q tests/journeys

chaos-short: .venv/ready ## Everything fails in turn under load, and the main story crashes at every point; then the books.
	@$(RUN) -m pytest -q tests/chaos

chaos: .venv/ready ## The same for long: make chaos STORIES=20000 SEED=7 NODES=3 RATE=8 EVERY=2
	@$(RUN) -m tests.chaos run --stories $(STORIES) --rate $(RATE) --every $(EVERY) --nodes $(NODES) $(if $(SEED),--seed $(SEED))

chaos-crashes: .venv/ready ## A crash at every passing of every point of the main story, one at a time.
	@$(RUN) -m tests.chaos crashes

chaos-rolling: .venv/ready ## Replace every process under load, one after the other.
	@$(RUN) -m tests.chaos rolling --stories $(STORIES) --rate $(RATE) --nodes $(NODES)

.venv/browser: requirements-browser.lock .venv/ready
	@$(RUN) -m uv pip install --quiet --python $(RUN) --require-hashes -r requirements-browser.lock
	@touch $@

browser: .venv/browser ## Every page in a real browser, pictures in results/screenshots: make browser [ONLY=course]
	@$(RUN) -m deploy.local.chromium
	@$(RUN) -m pytest -q tests/browser $(if $(ONLY),-k "$(ONLY)")

demo: .venv/ready ## Tell the story against the running system (or one started for it), in about a minute.
	@$(RUN) -m deploy.demo --folder $(FOLDER)

token: .venv/ready ## An access token for curl: make token WHO=noor (people of deploy/demo/people.toml)
	@$(RUN) -m deploy.demo.token $(FOLDER) $(WHO)

clock: .venv/ready ## Move the running system's time: make clock BY=7d
	@$(RUN) -m deploy.local.clock $(FOLDER) $(BY)

.venv/bench: requirements-bench.lock .venv/ready
	@$(RUN) -m uv pip install --quiet --python $(RUN) --require-hashes -r requirements-bench.lock
	@touch $@

bench: .venv/bench ## How fast it is, against the limit: make bench [PART="hot story"] [FLOORS=1]
	@$(RUN) -m tests.load $(if $(FLOORS),--floors) $(PART)

bench-report: .venv/bench ## Write docs/performance.md from what make bench measured last.
	@$(RUN) -m tests.load --report

contracts: .venv/ready ## Write the documents that are made from the code.
	@$(RUN) -m deploy.generate

lock: .venv/ready ## Renew the lock files; existing pins stay unless pyproject.toml asks for others.
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group services pyproject.toml -o requirements.lock
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group bench pyproject.toml -c requirements-dev.lock -o requirements-bench.lock
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group browser pyproject.toml -c requirements-dev.lock -o requirements-browser.lock

format: .venv/ready ## Put the code into its form.
	@$(RUN) -m ruff format --quiet .
	@$(RUN) -m ruff check --fix --quiet .

clean: ## Throw away the virtual environment and all local data.
	rm -rf .venv .run results
