#!/bin/bash
# build-root.sh: the test Pi's disk, a small Debian 13 with systemd, into the cache. Prints where it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
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
echo test-pi > etc/hostname
echo '/dev/root / ext4 noatime 0 1' > etc/fstab
install -D -m 755 "$here/guest/test-pi.sh" usr/local/sbin/test-pi
install -d opt/hygeia
for unit in pins program; do
  install -m 644 "$here/guest/test-pi-$unit.service" etc/systemd/system/
  ln -s "/etc/systemd/system/test-pi-$unit.service" etc/systemd/system/multi-user.target.wants/
done
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
  getty@tty1.service systemd-logind.service \
  ldconfig.service systemd-journal-catalog-update.service systemd-hwdb-update.service; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
# Of the few hundred devices, mostly terminals, only these matter: it starts in half the time.
install -d etc/systemd/system/systemd-udev-trigger.service.d
cat > etc/systemd/system/systemd-udev-trigger.service.d/few.conf << 'FEW'
[Service]
ExecStart=
ExecStart=udevadm trigger --action=add --subsystem-match=i2c-dev --subsystem-match=gpio --subsystem-match=block --subsystem-match=net
FEW
# What a Raspberry Pi OS brings: the groups of the buses, and the rules that give them to the groups.
echo 'g i2c - -
g gpio - -' > usr/lib/sysusers.d/pi.conf
cat > etc/udev/rules.d/99-pi.rules << 'RULES'
SUBSYSTEM=="i2c-dev", GROUP="i2c", MODE="0660"
SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"
SUBSYSTEM=="gpio", ACTION=="add", PROGRAM="/bin/sh -c 'chgrp -R gpio /sys%p && chmod -R g=u /sys%p'"
RULES
mkdir -p "$(dirname "$root")"
truncate -s 1536M "$work/root.img"
mke2fs -q -t ext4 -d . -L root "$work/root.img"
mv "$work/root.img" "$root.new"
mv "$root.new" "$root"
echo "$root"
