# Shared by the scripts of ci/: one-line errors, root, build packages, the build itself.
# To be sourced; sets ROOT (the source tree) and BUILD (the build tree).

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${COWBELL_BUILD_DIR:-$ROOT/build}

say() { printf '%s\n' "$*" >&2; }
# Usage: die TEXT [EXIT CODE]. One line that says what is wrong and what to do.
die() {
  say "$(basename "$0"): $1"
  exit "${2:-4}"
}

# Runs a command as root: directly, or through sudo without a prompt.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n --preserve-env=PATH,HOME,CI,TMPDIR,NO_COLOR,DOCKER_HOST,CONTAINERS_CONF,COWBELL_SUBJECTS -- "$@"
  fi
}

require_root() {
  [ "$(id -u)" = 0 ] && return
  command -v sudo >/dev/null 2>&1 || die "needs root (mounts, namespaces) and found no sudo: run it as root"
  sudo -n true 2>/dev/null || die "needs root (mounts, namespaces) and sudo asks for a password: run it as root, or 'sudo -v' first"
}

require_overlay() {
  grep -qw overlay /proc/filesystems || as_root modprobe overlay 2>/dev/null ||
    die "this kernel has no overlay file system: load the module 'overlay' or use another kernel"
}

# Usage: require_space DIRECTORY MEGABYTES
require_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$2" ] || die "only $free MiB free in $1, needs $2 MiB: make room or set TMPDIR and COWBELL_BUILD_DIR to another volume"
}

BUILD_PACKAGES=(g++ cmake ninja-build git pkg-config python3 libgtest-dev libgmock-dev libbenchmark-dev
  libpugixml-dev libcli11-dev libseccomp-dev libfmt-dev nlohmann-json3-dev libtomlplusplus-dev libarchive-dev
  libcurl4-openssl-dev libcpp-httplib-dev libssl-dev libzstd-dev zlib1g-dev busybox-static libxml2-utils)

# Installs the packages of its arguments that are missing; asks the network only then.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing: ${missing[*]}"
  command -v apt-get >/dev/null 2>&1 || die "no apt-get here: install these packages by hand: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "apt-get could not install the packages (log: $log)"
  fi
  rm -f "$log"
}

build() {
  local generator=()
  [ -f "$BUILD/CMakeCache.txt" ] || generator=(-G Ninja)
  cmake -S "$ROOT" -B "$BUILD" "${generator[@]}" -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$BUILD.configure.log" 2>&1 ||
    { tail -n 15 "$BUILD.configure.log" >&2; die "configuring failed (log: $BUILD.configure.log)" 1; }
  rm -f "$BUILD.configure.log"
  cmake --build "$BUILD" || die "the build failed" 1
}
