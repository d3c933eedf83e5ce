#!/bin/bash
# chrony.sh: Debian's chronyd, a time server, into the cache and not onto this machine, whose own time service it would
# put out. Prints where it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
chronyd=$(chronyd_path)
if [ -x "$chronyd" ]; then echo "$chronyd"; exit; fi

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
apt-get download -q=2 chrony >&2
# The libraries have other names in each Debian: the package says which.
libraries=$(dpkg-deb --field chrony_*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[a-z0-9.+-]*\).*/\1/p')
# shellcheck disable=SC2086
"$here/../debian-packages.sh" $libraries >&2
dpkg-deb --extract chrony_*.deb .
mkdir -p "$(dirname "$chronyd")"
install -m 755 usr/sbin/chronyd "$chronyd.new"
mv "$chronyd.new" "$chronyd"
echo "$chronyd"
