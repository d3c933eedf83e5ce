#!/bin/bash
# build-root.sh: the test Pi's disk, a small Debian 13 with systemd, into the cache. Prints where it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
. "$here/settle-root.sh"
root=$(root_path)
if [ -e "$root" ]; then echo "$root"; exit; fi

say() { echo "  $*" >&2; }
say 'test Pi disk: packages it is built with'
"$here/../debian-packages.sh" mmdebstrap e2fsprogs debian-archive-keyring >&2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
say 'test Pi disk: Debian 13 (about two minutes)'
packages=systemd-sysv,udev,dbus,i2c-tools,iproute2,systemd-timesyncd
tar=$CACHE/debian-$(echo "$packages" | digest).tar
if [ ! -e "$tar" ]; then
  mkdir -p "$CACHE"
  mmdebstrap --quiet --arch=amd64 --variant=minbase --include=$packages \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' trixie "$tar.new.tar" >&2
  mv "$tar.new.tar" "$tar"
fi
mkdir "$work/root"
tar xpf "$tar" -C "$work/root" --exclude='./dev/*'
cd "$work/root"
settle_root .
echo '/dev/root / ext4 noatime 0 1' > etc/fstab
install -D -m 755 "$here/guest/test-pi.sh" usr/local/sbin/test-pi
install -d opt/hygeia
for unit in pins program; do
  install -m 644 "$here/guest/test-pi-$unit.service" etc/systemd/system/
  ln -s "/etc/systemd/system/test-pi-$unit.service" etc/systemd/system/multi-user.target.wants/
done
mkdir -p "$(dirname "$root")"
truncate -s 1536M "$work/root.img"
mke2fs -q -t ext4 -d . -L root "$work/root.img"
mv "$work/root.img" "$root.new"
mv "$root.new" "$root"
echo "$root"
