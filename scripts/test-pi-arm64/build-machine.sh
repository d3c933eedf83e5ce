#!/bin/bash
# build-machine.sh: what the arm64 test Pi starts from, a folder in the cache: Debian 13's own kernel for arm64, its device
# tree of a Pi 3B, and a root that is read from memory. Prints where it is. Nothing of arm64 runs while it is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
. "$here/../test-pi/settle-root.sh"
machine=$(machine_path)
if [ -d "$machine" ]; then echo "$machine"; exit; fi

say() { echo "  $*" >&2; }
say 'test Pi arm64, machine: packages it is built with'
"$here/../debian-packages.sh" mmdebstrap debian-archive-keyring squashfs-tools cpio kmod device-tree-compiler >&2
mkdir -p "$CACHE"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
say 'test Pi arm64, machine: Debian 13 for arm64 (about a minute)'
packages=systemd-sysv,udev,dbus,kmod,iproute2,systemd-timesyncd,debconf,libstdc++6,linux-image-arm64,busybox-static
tar=$CACHE/debian-$(echo "$packages" | digest).tar
if [ ! -e "$tar" ]; then
  mmdebstrap --quiet --arch=arm64 --variant=extract --include='?essential' --include=$packages \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --skip=cleanup/apt/cache trixie "$tar.new.tar" >&2
  mv "$tar.new.tar" "$tar"
fi
mkdir "$work/system" "$work/out"
tar xpf "$tar" -C "$work/system" --exclude='./dev/*'
cd "$work/system"

# They are only unpacked: what their scripts would have done, and what dpkg would remember.
for deb in var/cache/apt/archives/*.deb; do
  name=$(dpkg-deb --field "$deb" Package)
  dpkg-deb --field "$deb" Package Version Architecture Multi-Arch Maintainer Provides Depends Description \
    | sed '1a Status: install ok installed'
  echo
  dpkg-deb --fsys-tarfile "$deb" | tar t | sed 's|^\.||;s|/$||;s|^$|/.|' > "var/lib/dpkg/info/$name.list"
done > var/lib/dpkg/status
cp var/lib/dpkg/status "$work/out/dpkg-status"
rm -rf var/cache/apt var/lib/apt/lists
for file in passwd group; do cp "usr/share/base-passwd/$file.master" "etc/$file"; done
(umask 077; sed 's/:.*/:*:19000:0:99999:7:::/' etc/passwd > etc/shadow; sed 's/:.*/:*::/' etc/group > etc/gshadow)
ln -s mawk usr/bin/awk
ln -sf /usr/share/zoneinfo/UTC etc/localtime
: > etc/machine-id
: > etc/fstab
settle_root .
units=etc/systemd/system
mkdir -p $units/{multi-user,sysinit}.target.wants
ln -s /usr/lib/systemd/system/systemd-timesyncd.service $units/sysinit.target.wants/
install -D -m 755 "$here/../../test/pi/guest/commands.sh" usr/local/sbin/commands
install -m 644 "$here/guest/test-pi-program.service" $units/
ln -s ../test-pi-program.service $units/multi-user.target.wants/
# Every program that starts takes its time where each instruction is translated.
for unit in serial-getty@ttyS1.service getty.target dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
  sys-kernel-tracing.mount sys-fs-fuse-connections.mount modprobe@fuse.service modprobe@configfs.service tmp.mount \
  systemd-random-seed.service systemd-udev-load-credentials.service systemd-update-done.service; do
  ln -s /dev/null "$units/$unit"
done
ln -s /usr/lib/systemd/system/multi-user.target $units/default.target

kernel=$(basename usr/lib/modules/*)
cp "boot/vmlinuz-$kernel" "$work/out/kernel"
cp "usr/lib/linux-image-$kernel/broadcom/bcm2837-rpi-3-b.dtb" "$work/out/pi.dtb"
# Its Bluetooth would take the serial line on which commands come; the board that is emulated has none.
fdtput -t s "$work/out/pi.dtb" /soc/serial@7e201000/bluetooth status disabled

# with_needs MODULE…: files of kernel modules in an order in which they can be loaded
with_needs() {
  local module
  for module in "$@"; do
    modprobe --dirname "$work/system" --set-version "$kernel" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++'
}
depmod --basedir "$work/system" "$kernel"
early=$(with_needs loop squashfs overlay ext4 bcm2835 sdhci-iproc)
late=$(with_needs i2c-bcm2835 i2c-dev dwc2 cdc_ether rndis_host)
echo 'i2c-bcm2835
dwc2
cdc_ether
rndis_host' > etc/modules-load.d/pi.conf
mkdir -p "$work/initrd"/{bin,lib,proc,sys,dev,card,newroot}
for file in $early; do
  xz --decompress --stdout "$file" > "$work/initrd/lib/$(basename "${file%.xz}")"
  basename "${file%.xz}"
done > "$work/initrd/modules"
install -m 755 "$here/guest/init.sh" "$work/initrd/init"
install -m 755 usr/bin/busybox "$work/initrd/bin/busybox"

# Of the modules only those that something asks for: the rest would fill half of the memory.
mkdir -p "$work/modules/lib/modules/$kernel"
for file in $late; do (cd "$work/system" && cp --parents "${file#"$work/system/"}" "$work/modules"); done
cp usr/lib/modules/"$kernel"/modules.{order,builtin,builtin.modinfo} "$work/modules/lib/modules/$kernel"
rm -rf "usr/lib/modules/$kernel" boot "usr/lib/linux-image-$kernel"
mv "$work/modules/lib/modules/$kernel" usr/lib/modules/
depmod --basedir "$work/system" "$kernel"

say 'test Pi arm64, machine: packing'
mksquashfs "$work/system" "$work/initrd/root.squashfs" -quiet -no-progress -comp lz4 >&2
(cd "$work/initrd" && find . | cpio --create --format=newc --owner=0:0 --quiet) > "$work/out/initrd"
rm -rf "$machine.new"
mv "$work/out" "$machine.new"
mv -T "$machine.new" "$machine"
echo "$machine"
