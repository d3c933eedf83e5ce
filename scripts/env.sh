# Source this: puts the project's own Node first in PATH.
case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
PATH="$PWD/tools/node/node_modules/node-linux-$arch/bin:$PWD/node_modules/.bin:$PATH"
export PATH
unset arch
