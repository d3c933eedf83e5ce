#!/bin/bash
# build-qemu.sh: the QEMU of Debian 13, whose raspi3b has I2C controllers where that of Debian 12 has none, into the cache,
# with the libraries it was built for, so that it runs on any x86-64 Linux. Prints the program's path.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
qemu=$(qemu_path)
if [ -d "$qemu" ]; then echo "$qemu/qemu-system-aarch64"; exit; fi

say() { echo "  $*" >&2; }
say 'test Pi arm64, QEMU: packages it is unpacked with'
"$here/../debian-packages.sh" mmdebstrap debian-archive-keyring >&2
mkdir -p "$CACHE"
work=$(mktemp -d "$CACHE/qemu.XXXXXX"); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
say 'test Pi arm64, QEMU: unpacking (half a minute)'
mmdebstrap --quiet --arch=amd64 --variant=extract --include=qemu-system-arm --dpkgopt='path-exclude=/usr/share/doc/*' \
  trixie - | tar x -C "$work" --exclude='./dev/*'
cat > "$work/qemu-system-aarch64" << 'RUN'
#!/bin/sh
usr=$(dirname "$0")/usr
libraries=$usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR="$libraries/qemu"
exec "$usr/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$usr/bin/qemu-system-aarch64" -L "$usr/share/qemu" "$@"
RUN
chmod +x "$work/qemu-system-aarch64"
"$work/qemu-system-aarch64" --version >&2
mv -T "$work" "$qemu"
echo "$qemu/qemu-system-aarch64"
