#!/bin/bash
# backport.sh PACKAGE: fetches a package of Debian 13's backports into this folder, and changes nothing of what this
# machine installs from.
set -euo pipefail
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
  awk '$1 !~ /-/ { print $2; exit }')
apt=$(mktemp -d); trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie-backports main" > "$apt/sources"
of_its_own=(
  -o "Dir::Etc::SourceList=$apt/sources" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
)
apt-get "${of_its_own[@]}" update -qq
apt-get "${of_its_own[@]}" download -q=2 "$1"
