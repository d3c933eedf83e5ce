# Sourced: where the parts of the arm64 test Pi are kept, outside of the checkout, named after everything they are made from.
CACHE=${HYGEIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hygeia}/test-pi-arm64

digest() { cat "$@" | sha256sum | cut -c1-16; }

qemu_path() { echo "$CACHE/qemu-$(digest "$here/build-qemu.sh")"; }

machine_path() { echo "$CACHE/machine-$(digest "$here/guest/"* "$here/../test-pi/settle-root.sh" "$here/../../test/pi/guest/commands.sh" "$here/build-machine.sh")"; }
