#!/bin/bash
# build-kernel.sh: the test Pi's kernel, user-mode Linux from Debian's source package, into the cache. Prints where it is.
# It is built once for each state of the files in kernel/ and of the source package: 4 to 8 minutes on two cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
kernel=$(kernel_path)
if [ -x "$kernel" ]; then echo "$kernel"; exit; fi

say() { echo "  $*" >&2; }
say 'test Pi kernel: packages it is built with'
"$here/../debian-packages.sh" flex bison bc libssl-dev libelf-dev gcc make xz-utils debian-archive-keyring >&2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
say "test Pi kernel: source ($NEWER_SOURCE, or $KERNEL_SOURCE)"
source=$NEWER_SOURCE
if ! "$here/backport.sh" "$NEWER_SOURCE" >&2; then
  source=$KERNEL_SOURCE
  apt-get download -q=2 "$source" >&2
fi
dpkg-deb --fsys-tarfile "$source"_*.deb | tar -xO "./usr/src/$source.tar.xz" | tar -xJ
cd "$source"
cp "$here/kernel/outside-i2c.c" arch/um/drivers/outside_i2c.c
echo 'obj-$(CONFIG_I2C) += outside_i2c.o' >> arch/um/drivers/Makefile
# Edges of gpio-sim need interrupt numbers that user-mode Linux does not spare.
sed -i 's/^\(#define NR_IRQS\t*\)UM_LAST_SIGNAL_IRQ$/\1(UM_LAST_SIGNAL_IRQ + 64)/' arch/um/include/asm/irq.h
grep -q 'UM_LAST_SIGNAL_IRQ + 64' arch/um/include/asm/irq.h
# A BPF map starts with room for four elements and gets more by an interrupt that user-mode Linux has at its next tick
# only; until then an IPAddressAllow of five networks has no room.
sed -i '/unit_size <= 256)$/{n;s/cnt = 4;/cnt = 64;/}' kernel/bpf/memalloc.c
make -s ARCH=um defconfig >&2
./scripts/kconfig/merge_config.sh -m .config "$here/kernel/config.frag" > merge.log
make -s ARCH=um olddefconfig >&2
while read -r line; do
  case $line in
    CONFIG_*=y) grep -qx "$line" .config || { say "the kernel has no ${line%=y}"; exit 1; } ;;
  esac
done < "$here/kernel/config.frag"
say 'test Pi kernel: building (4 to 8 minutes on two cores)'
make -s ARCH=um -j"$(nproc)" linux > make.log 2>&1 || { tail -30 make.log >&2; exit 1; }
mkdir -p "$(dirname "$kernel")"
strip -s -o "$kernel.new" linux
mv "$kernel.new" "$kernel"
echo "$kernel"
