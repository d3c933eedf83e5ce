#!/bin/sh
# debian-packages.sh NAME…: installs the Debian packages that are missing, or says how to.
set -eu
missing=
for name in "$@"; do
  dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
printf '\n▸ Debian packages:%s\n' "$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "These are needed for the tests. Install them with: sudo apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
# A broker that starts by itself would take the port; the tests start their own.
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
