SHELL := /bin/bash
HOST_ARCH := $(subst x86_64,x64,$(subst aarch64,arm64,$(shell uname -m)))
NODE_HOME := $(CURDIR)/tools/node/node_modules/node-linux-$(HOST_ARCH)
export PATH := $(NODE_HOME)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Native addons are built against these headers, not against those of whatever Node the machine has.
export npm_config_nodedir := $(NODE_HOME)
export npm_config_loglevel := error

CRUISER := tools/imports/node_modules/dependency-cruiser/bin/dependency-cruiser.mjs

step = @printf '\n\033[1m▸ %s\033[0m\n' "$(1)"

# Of Debian packages: both from any machine, unless told.
DEB_ARCH := $(subst x64,amd64,$(HOST_ARCH))
PACKAGE_ARCHS := $(or $(ARCH),arm64 amd64)
# Where to install, in place of this machine.
DESTDIR ?=

.PHONY: help deb deb-daemon test-package install-agent install-daemon demo demo-consortium up dapp test test-browser test-soak test-fhir test-pi test-pi-arm64 engines test-engines test-faults bench bench-pi bench-consortium bench-dapp attack check lint types imports generated setup debian clean

help: ## What can be made here
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

demo: setup ## Play a recorded patient all the way from sensor chips to a physician's screen
	$(call step,Demo: sensor chip → encrypted batch → hospital → chain → physician)
	@node test/demo/demo.ts

demo-consortium: engines ## Three hospitals with geth and Kubo; one is killed half-way, and the physician opens everything
	$(call step,Consortium: three hospitals on loopback; one of them is killed while a patient is recorded)
	@node test/demo/consortium.ts

up: setup ## Run the same hospital with a live simulated patient and open its web app, until Ctrl-C
	$(call step,A hospital with live devices and its web app; Ctrl-C ends it)
	@node test/demo/up.ts

dapp: setup ## The web app, into .build/dapp; the hospital serves it from there
	$(call step,Web app)
	@node dapp/build/build.ts

test: setup debian ## Every test; the protocol's with coverage
	$(call step,Tests of every package and of all of them together)
	@node scripts/test.mjs

test-browser: setup debian ## The web app in Chromium against a real hospital: every story, and every page on three screens (HYGEIA_PICTURES: folder for what they look like)
	$(call step,Tests in the browser)
	@node scripts/test.mjs test/browser

test-soak: setup debian ## The kill -9 and bad-input tests, for longer
	$(call step,Long run of the kill -9 and bad-input tests)
	@HYGEIA_SOAK=1 node scripts/test.mjs test/e2e agent/test/agent daemon/test/api daemon/test/chain daemon/test/link

test-fhir: setup ## Exports and the FHIR facade by HAPI's validator of FHIR R4 (Java and Maven; fetched the first time)
	$(call step,FHIR: what is exported and served, by the definitions of R4)
	@scripts/debian-packages.sh default-jdk-headless maven
	@node scripts/test.mjs test/fhir

test-pi: setup ## The agent on a Raspberry Pi that is a process: real kernel interfaces, simulated chips; then its bounds (BENCH=no: without)
	$(call step,Test Pi: kernel and disk (about ten minutes the first time; kept outside of the checkout))
	@scripts/test-pi/build-kernel.sh && scripts/test-pi/build-root.sh && scripts/test-pi/chrony.sh
	$(call step,Test Pi: the package that is installed in it)
	@scripts/debian-packages.sh dpkg-dev xz-utils
	@node packaging/build/deb.mjs --arch $(DEB_ARCH)
	$(call step,Test Pi: drivers, agent, power cuts, upgrades and clocks through /dev/i2c-1 and /sys/class/gpio)
	@scripts/test-pi/own-network.sh node scripts/test.mjs test/pi
	@$(if $(filter no,$(BENCH)),,$(MAKE) --no-print-directory bench-pi)

test-pi-arm64: setup ## The agent's arm64 package on QEMU's Raspberry Pi 3B, with a thermometer on its I2C controller
	$(call step,Test Pi arm64: QEMU and what starts in it (about two minutes the first time; kept outside of the checkout))
	@scripts/test-pi-arm64/build-qemu.sh && scripts/test-pi-arm64/build-machine.sh && scripts/test-pi/chrony.sh
	@$(MAKE) --no-print-directory deb ARCH=arm64
	$(call step,Test Pi arm64: the thermometer's temperature arrives at the physician)
	@scripts/test-pi/own-network.sh node scripts/test.mjs test/pi-arm64

engines: setup ## geth and Kubo, from PATH or built into a cache outside of the checkout
	$(call step,Engines: geth for the chain and Kubo for blocks)
	@node scripts/engines/engines.mjs

test-engines: engines ## The daemon with the real geth and Kubo
	$(call step,Tests with the real engines)
	@node scripts/test.mjs test/engines

attack: engines ## Everything that is refused, tried as an attacker would while honest devices send
	$(call step,Attacks: every row of the table in SECURITY.md)
	@node test/attack/run.ts

# One file after another: three hospitals with their engines are as much as two processors bear.
test-faults: engines ## Hospitals killed, frozen, cut off, parted, filled up and lying, with a table at the end (HYGEIA_FAULT_SECONDS, HYGEIA_CUT_SECONDS, HYGEIA_BACKUP_SECONDS, HYGEIA_KILLS)
	$(call step,Fault tests: three hospitals on geth and Kubo in networks of their own)
	@rm -f .build/faults.jsonl
	@TAP_JOBS=1 TAP_TIMEOUT=7200 scripts/test-pi/own-network.sh node scripts/test.mjs test/faults; \
	  outcome=$$?; node test/faults/support/summary.ts; exit $$outcome

bench: setup ## The figures that README quotes
	$(call step,Measuring; every figure stands beside the published one)
	@node bench/bench.ts

bench-pi: setup ## The agent's bounds, measured on the test Pi with its package
	$(call step,Test Pi: kernel and disk (about ten minutes the first time; kept outside of the checkout))
	@scripts/test-pi/build-kernel.sh && scripts/test-pi/build-root.sh
	@compgen -G '.build/hygeia-agent_*_amd64.deb' > /dev/null || $(MAKE) --no-print-directory deb ARCH=amd64
	@scripts/debian-packages.sh gcc libc6-dev
	$(call step,Test Pi: measuring; eight minutes, or ten on a machine that is busy)
	@scripts/test-pi/own-network.sh node bench/pi/bench-pi.ts

bench-consortium: engines ## Hospitals on geth and Kubo, measured against the engines themselves
	$(call step,Consortium: measuring with the real engines)
	@node bench/consortium/bench-consortium.ts

bench-dapp: setup ## The web app in Chromium against a real hospital: first load, a day, a week, moving, live
	@scripts/debian-packages.sh chromium
	$(call step,Measuring the web app; every figure stands beside its aim)
	@node bench/dapp/bench-dapp.ts

deb: setup ## Packages of the bedside agent in .build, for arm64 and amd64 (ARCH=amd64: one)
	$(call step,Packaging the agent with Node and its addons)
	@scripts/debian-packages.sh dpkg-dev xz-utils $(if $(filter arm64,$(PACKAGE_ARCHS)),$(if $(filter x64,$(HOST_ARCH)),gcc-aarch64-linux-gnu g++-aarch64-linux-gnu))
	@node packaging/build/deb.mjs $(addprefix --arch ,$(PACKAGE_ARCHS))

deb-daemon: setup dapp ## Packages of the hospital daemon in .build, likewise, each with what it is made of (SBOM)
	$(call step,Packaging the daemon with Node)
	@scripts/debian-packages.sh dpkg-dev xz-utils $(if $(filter arm64,$(PACKAGE_ARCHS)),$(if $(filter x64,$(HOST_ARCH)),binutils-aarch64-linux-gnu))
	@node packaging/build/deb-daemon.mjs $(addprefix --arch ,$(PACKAGE_ARCHS))

test-package: engines ## Install, upgrade and cut the package's upgrades in a small Debian (as root)
	$(call step,The package in a Debian of its own)
	@scripts/debian-packages.sh mmdebstrap systemd systemd-container
	@node packaging/build/deb.mjs --arch $(DEB_ARCH)
	@HYGEIA_PACKAGE=1 node scripts/test.mjs test/package

install-agent: ## Install the agent from this checkout (DESTDIR=… unpacks it there instead)
	@$(MAKE) --no-print-directory deb ARCH=$(DEB_ARCH)
	@packaging/install-agent.sh $(DEB_ARCH) $(DESTDIR)

install-daemon: setup dapp ## Install the hospital daemon from this checkout (DESTDIR=… installs below that)
	$(call step,Installing the daemon)
	@node packaging/build/install-daemon.mjs $(if $(DESTDIR),--root $(DESTDIR))

check: lint types imports generated ## Lint, types, import rules, generated files

lint: setup
	$(call step,Lint and format)
	@biome check .

types: setup
	$(call step,Types)
	@tsc -b

imports: setup $(CRUISER)
	$(call step,Import rules)
	@node $(CRUISER) --config .dependency-cruiser.mjs protocol runtime contracts agent daemon dapp test bench

generated: setup
	$(call step,Generated files are fresh)
	@npm run --silent -w contracts check

setup: node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json $(NODE_HOME)/bin/node
	$(call step,Installing packages (about a minute the first time))
	@npm ci
	@touch $@

$(CRUISER): tools/imports/package-lock.json $(NODE_HOME)/bin/node
	$(call step,Fetching the checker of import rules)
	@npm ci --prefix tools/imports --ignore-scripts
	@touch $@

$(NODE_HOME)/bin/node: tools/node/package-lock.json
	$(call step,Fetching Node 24 (about ten seconds))
	@npm ci --prefix tools/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

debian: ## Mosquitto, libcoap, Chromium, age, Prometheus and systemd's tools, which the tests talk to
	@scripts/debian-packages.sh mosquitto mosquitto-clients libcoap3-bin chromium systemd age prometheus

clean: ## Remove what was built, not what was installed
	rm -rf .build .tap .demo contracts/out contracts/cache
