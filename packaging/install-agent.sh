#!/bin/sh
# install-agent.sh ARCH [ROOT]: installs the package that was built last, or unpacks it below ROOT.
set -eu
package=$(ls -t .build/hygeia-agent_*_"$1".deb | head -n 1)
root=${2-}
if [ -n "$root" ]; then
  mkdir -p "$root"
  dpkg-deb --extract "$package" "$root"
  # What the package's scripts do on a system that runs.
  HYGEIA_TREES=$root/usr/lib/hygeia/agent
  . packaging/agent/versions.sh
  use "$(dpkg-deb --field "$package" Version)"
  echo "installed below $root"
  exit 0
fi
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
# A path, or apt looks for a package of that name.
$as_root apt-get install --reinstall --allow-downgrades -y "./$package"
echo 'Next: sudo hygeia-agent setup'
