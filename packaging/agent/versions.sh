# Which version of the agent runs. Read by the package's scripts and by hygeia-agent-versions; POSIX sh.
#
#   /usr/lib/hygeia/agent/<version>/   what the package of that version holds, with SHA256SUMS of all of it
#   /usr/lib/hygeia/agent/previous/    what ran before, until what came after it is known to be good
#   /usr/lib/hygeia/agent/current      a link to one of these; everything is started through it
#   /usr/lib/hygeia/agent/trying       how often a new version was started that never said that it works
#
# dpkg replaces single files atomically, and packages not at all. So it is never let near the tree that is in use:
#
#   1. preinst      keep       hard links of the tree in use become `previous`, and `current` is moved to it
#   2. dpkg unpacks            new tree, then its removal of the old one's files: both are out of use
#   3. postinst     use        the new tree is compared with its SHA256SUMS, then `current` is moved to it
#   4. first start  good       `previous` goes once the new version has told systemd that samples move
#
# A cut at 1 leaves `current` at the old tree or at its links; from 2 until 3, at the links; after 3, at a tree that
# was compared and synced. A link is moved by rename(2), which is before or after and nothing in between; what it
# points at is synced first. Two things remain, and `repair` sees to them at boot, before the agent: a first
# installation that was cut (there is no old version: none runs until dpkg has finished), and a `current` that is
# damaged by what is not dpkg. The programs outside of the tree (/usr/bin/hygeia-agent, units, this file) are single
# files, replaced one by one, and use of the tree only what every version has: node, sd-exec and agent.mjs.
#
# The names of packages' own states follow dpkg: after a cut `dpkg --configure -a`, or installing again, finishes it.

: "${HYGEIA_TREES:=/usr/lib/hygeia/agent}"
# A new version that was started so often and never worked makes room for the one before.
TRIES=5

# alone FUNCTION…: one of these at a time, for repair at boot may meet dpkg finishing what a cut left.
alone() {
  [ -d "$HYGEIA_TREES" ] || { "$@"; return; }
  (flock -w 600 9 && "$@") 9<"$HYGEIA_TREES"
}

# is_whole TREE: it is there as it was built.
is_whole() {
  [ -x "$1/node" ] && [ -f "$1/SHA256SUMS" ] && (cd "$1" && sha256sum --quiet --status --check SHA256SUMS)
}

# point TREE: from now on, that one is started.
point() {
  sync -f "$HYGEIA_TREES"
  ln -sfn "$1" "$HYGEIA_TREES/current.new"
  mv -fT "$HYGEIA_TREES/current.new" "$HYGEIA_TREES/current"
  sync -f "$HYGEIA_TREES"
}

# keep: what runs now stays whole, whatever becomes of the package's files.
keep() {
  used=$(readlink "$HYGEIA_TREES/current") || return 0
  [ "$used" != previous ] && [ -d "$HYGEIA_TREES/$used" ] || return 0
  rm -rf "$HYGEIA_TREES/previous" "$HYGEIA_TREES/previous.new"
  cp -al "$HYGEIA_TREES/$used" "$HYGEIA_TREES/previous.new"
  mv -T "$HYGEIA_TREES/previous.new" "$HYGEIA_TREES/previous"
  point previous
}

# use VERSION: start that one from now on, if it is whole.
use() {
  is_whole "$HYGEIA_TREES/$1" || { echo "hygeia-agent: $HYGEIA_TREES/$1 is not whole: install the package again" >&2; return 1; }
  rm -f "$HYGEIA_TREES/trying"
  point "$1"
}

# repair: point at a whole version if what `current` points at is not there, or an installation was not finished.
repair() {
  rm -f "$HYGEIA_TREES/current.new"
  rm -rf "$HYGEIA_TREES/previous.new"
  used=$(readlink "$HYGEIA_TREES/current" || true)
  if [ -n "$used" ] && [ -x "$HYGEIA_TREES/$used/node" ]; then
    # Reading all of it takes seconds on a card: only where something went wrong.
    is_settled && return 0
    is_whole "$HYGEIA_TREES/$used" && return 0
  fi
  for tree in "$HYGEIA_TREES/previous" $(ls -dt "$HYGEIA_TREES"/[0-9]* 2>/dev/null); do
    if is_whole "$tree"; then
      point "${tree##*/}"
      echo "hygeia-agent: ${used:-nothing} was not whole, using ${tree##*/}" >&2
      return 0
    fi
  done
  echo "hygeia-agent: no whole version is installed: install the package again" >&2
  return 1
}

# is_settled: dpkg has nothing left to do for the package.
is_settled() {
  [ "$(dpkg-query -W -f='${Status}' hygeia-agent 2>/dev/null)" = 'install ok installed' ]
}

# starting: count a start of a version that is not known to be good; after too many, go back.
starting() {
  [ -d "$HYGEIA_TREES/previous" ] && [ "$(readlink "$HYGEIA_TREES/current")" != previous ] || return 0
  tries=$(cat "$HYGEIA_TREES/trying" 2>/dev/null || echo 0)
  case $tries in *[!0-9]* | '') tries=0 ;; esac
  if [ "$tries" -ge "$TRIES" ] && is_whole "$HYGEIA_TREES/previous"; then
    echo "hygeia-agent: $(readlink "$HYGEIA_TREES/current") did not come up $tries times, going back to the version before" >&2
    point previous
    return 0
  fi
  echo $((tries + 1)) >"$HYGEIA_TREES/trying"
}

# good: what runs works; the version before it is not needed any more.
good() {
  [ "$(readlink "$HYGEIA_TREES/current")" != previous ] || return 0
  rm -f "$HYGEIA_TREES/trying"
  rm -rf "$HYGEIA_TREES/previous"
}
