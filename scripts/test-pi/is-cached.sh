#!/bin/bash
# is-cached.sh: ends well when the test Pi's kernel, disk and time server are there, so that its tests take minutes and not a quarter of an hour.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
[ -x "$(kernel_path)" ] && [ -e "$(root_path)" ] && [ -x "$(chronyd_path)" ]
