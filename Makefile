# The targets that people know from Cluster Autoscaler, for what npm and docker do here.
#   make container REGISTRY=registry.example.com/team TAG=0.1.0
.DEFAULT_GOAL := build

TAG ?= $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
REGISTRY ?=
IMAGE ?= $(if $(REGISTRY),$(REGISTRY)/)vke-autoscaler
DOCKER ?= docker

.PHONY: all build build-binary test test-unit verify format generate container image make-image push-image release clean

all: build test

build: ## The bundle, dist/vke-autoscaler.mjs.
	npm run build

build-binary: build

test: ## All tests but those against a real control plane (npm run e2e).
	npm test

test-unit: test

verify: test ## Tests, types, lint, format, unused code.
	npm run check

format:
	npx prettier --write --log-level=warn .

generate: ## What is made from tables in the source: docs, a schema, the dashboard.
	node scripts/generate-flags-doc.ts
	node scripts/generate-config-schema.ts
	node scripts/generate-decision-schema.ts
	node scripts/generate-metrics-doc.ts
	node scripts/generate-reasons-doc.ts
	node scripts/generate-events-doc.ts
	node scripts/generate-dashboard.ts

container: build make-image ## The image, from the source.

image: container

make-image: ## The image, from the bundle that is there.
	$(DOCKER) build --pull -f deploy/Dockerfile -t $(IMAGE):$(TAG) .

push-image:
	$(DOCKER) push $(IMAGE):$(TAG)

release: container push-image

clean:
	rm -rf dist
