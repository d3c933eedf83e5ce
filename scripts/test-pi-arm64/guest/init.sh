#!/bin/busybox sh
# Runs first in the arm64 test Pi. The root is a squashfs in memory, which is read at once; what is written goes to the
# SD card, which is slow on the board that is emulated, and outlives a cut of the power.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules); do $b insmod "/lib/$module"; done
# The later lies over the earlier.
layers=
for layer in root package; do
  [ -e "/$layer.squashfs" ] || continue
  $b mkdir -p "/layers/$layer"
  $b mount -t squashfs -o ro,loop "/$layer.squashfs" "/layers/$layer"
  layers=/layers/$layer${layers:+:$layers}
done
until [ -b /dev/mmcblk0 ]; do $b usleep 20000; done
$b mount -t ext4 -o noatime /dev/mmcblk0 /card
$b mkdir -p /card/root /card/work
$b mount -t overlay -o "lowerdir=$layers,upperdir=/card/root,workdir=/card/work" root /newroot
$b mkdir -p /newroot/card
$b mount --move /card /newroot/card
for folder in dev proc sys; do $b mount --move "/$folder" "/newroot/$folder"; done
exec $b switch_root /newroot /sbin/init
