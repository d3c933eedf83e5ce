#!/bin/bash
# own-network.sh PROGRAM [ARGUMENT…]: runs a program in a network of its own, where it may wire up test Pis and mount
# small disks without being asked who it is, and where nothing that it serves is seen outside.
set -euo pipefail
if ! unshare --user --map-root-user --net --mount -- true 2> /dev/null; then
  echo 'own-network.sh: this machine allows no user namespaces: try as root: sysctl kernel.unprivileged_userns_clone=1' >&2
  exit 1
fi
exec unshare --user --map-root-user --net --mount -- bash -c 'ip link set lo up && exec "$@"' own-network "$@"
