# Sourced: what makes a small Debian a test Pi's, of whichever machine.

# settle_root ROOT: leave out what only takes time, and put in what Raspberry Pi OS brings.
settle_root() {
  local system=$1/etc/systemd/system unit
  echo test-pi > "$1/etc/hostname"
  for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
    getty@tty1.service systemd-logind.service \
    ldconfig.service systemd-journal-catalog-update.service systemd-hwdb-update.service; do
    ln -sf /dev/null "$system/$unit"
  done
  # Of the few hundred devices, mostly terminals, only these matter: it starts in half the time.
  install -d "$system/systemd-udev-trigger.service.d"
  cat > "$system/systemd-udev-trigger.service.d/few.conf" << 'FEW'
[Service]
ExecStart=
ExecStart=udevadm trigger --action=add --subsystem-match=i2c-dev --subsystem-match=gpio --subsystem-match=block --subsystem-match=net
FEW
  # The groups of the buses, and the rules that give them to the groups.
  echo 'g i2c - -
g gpio - -' > "$1/usr/lib/sysusers.d/pi.conf"
  cat > "$1/etc/udev/rules.d/99-pi.rules" << 'RULES'
SUBSYSTEM=="i2c-dev", GROUP="i2c", MODE="0660"
SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"
SUBSYSTEM=="gpio", ACTION=="add", PROGRAM="/bin/sh -c 'chgrp -R gpio /sys%p && chmod -R g=u /sys%p'"
RULES
}
