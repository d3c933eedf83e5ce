#!/bin/bash
# pack-package.sh MACHINE DEB INITRD: writes the initrd of a machine onto which a package was put as far as dpkg's first
# half goes, unpacked and not configured: writing it through the board's SD card would take six minutes.
set -euo pipefail
machine=$1 deb=$2 initrd=$3
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
dpkg=$work/system/var/lib/dpkg
name=$(dpkg-deb --field "$deb" Package)
mkdir -p "$work/system" "$work/initrd"
dpkg-deb --extract "$deb" "$work/system"
mkdir -p "$dpkg"
dpkg-deb --control "$deb" "$dpkg/info"
rm "$dpkg/info/control"
for file in "$dpkg/info"/*; do mv "$file" "$dpkg/info/$name.${file##*/}"; done
dpkg-deb --fsys-tarfile "$deb" | tar t | sed 's|^\.||;s|/$||;s|^$|/.|' > "$dpkg/info/$name.list"
{
  cat "$machine/dpkg-status"
  dpkg-deb --field "$deb" | sed '1a Status: install ok unpacked'
  echo
} > "$dpkg/status"
mksquashfs "$work/system" "$work/initrd/package.squashfs" -quiet -no-progress -comp lz4 -all-root >&2
# The kernel unpacks archives that follow each other into the same place.
{ cat "$machine/initrd"; (cd "$work/initrd" && find . | cpio --create --format=newc --owner=0:0 --quiet); } > "$initrd"
