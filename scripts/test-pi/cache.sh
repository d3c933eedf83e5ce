# Sourced: where the parts of the test Pi are kept, outside of the checkout, named after everything they are made from.
CACHE=${HYGEIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hygeia}/test-pi
# Since 6.16 user-mode Linux catches system calls by seccomp, in half the time that ptrace takes; of Debian's own, which
# stays, there is 6.12.
NEWER_SOURCE=linux-source-7.2
KERNEL_SOURCE=linux-source-6.12

digest() { cat "$@" | sha256sum | cut -c1-16; }

kernel_path() { echo "$CACHE/kernel-$(digest "$here/kernel/"* "$here/build-kernel.sh" "$here/backport.sh")"; }

root_path() { echo "$CACHE/root-$(digest "$here/guest/"*.service "$here/guest/test-pi.sh" "$here/settle-root.sh" "$here/build-root.sh").img"; }

chronyd_path() { echo "$CACHE/chronyd-$(digest "$here/chrony.sh")"; }
