# shellcheck shell=bash
# The real engines that Cowbell is compared with, as private instances: nothing of them is shared
# with an engine that the machine may already run, and stop_all leaves nothing behind.
# To be sourced after common.sh, as root. State lies below PEERS, made by begin_peers.

PEER_PACKAGES=(docker.io iptables podman runc uidmap fuse-overlayfs docker-registry unionfs-fuse
  xfsprogs)
# File systems that are judged with them: profiles that need no instance, only a package.
PEER_FILE_SYSTEMS=(fuse-overlayfs unionfs-fuse overlayfs-index overlayfs-metacopy overlayfs-redirect
  overlayfs-xfs overlayfs-xino)
PEER_UNITS=(docker.service docker.socket containerd.service docker-registry.service podman.service
  podman.socket podman-auto-update.timer podman-auto-update.service podman-restart.service)

# Installs the engines. Their packages would start and enable system services: both are undone here,
# for the packages that were missing before. A subshell, so that its trap is its own.
install_peers() (
  local policy=/usr/sbin/policy-rc.d package missing=()
  for package in "${PEER_PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ -e "$policy" ]; then
    mv "$policy" "$policy.cowbell-saved"
    trap 'mv "$policy.cowbell-saved" "$policy"' EXIT
  else
    trap 'rm -f "$policy"' EXIT
  fi
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  install_packages "${missing[@]}"
  if [ -d /run/systemd/system ]; then
    local unit
    for unit in "${PEER_UNITS[@]}"; do
      systemctl disable --now "$unit" >/dev/null 2>&1 || true
    done
  fi
)

# Makes PEERS and arranges that everything is stopped when the script ends, however it ends.
begin_peers() {
  PEERS=$(mktemp -d "${TMPDIR:-/var/tmp}/cowbell-peers-XXXXXX")
  chmod 711 "$PEERS"
  mkdir "$PEERS/bin"
  export PATH="$PEERS/bin:$PATH"
  # What the engines leave outside their own directories, inner ones first; removed again only where
  # it was not there before.
  PEER_STRAYS=()
  local path hierarchy
  for path in /etc/docker/key.json /etc/docker /run/docker/plugins /run/docker \
    /var/lib/containers/cache/blob-info-cache-v1.boltdb /var/lib/containers/cache /var/lib/containers; do
    [ -e "$path" ] || PEER_STRAYS+=("$path")
  done
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    for path in docker libpod_parent/conmon libpod_parent; do
      [ -e "${hierarchy%/}/$path" ] || PEER_STRAYS+=("${hierarchy%/}/$path")
    done
  done
  PEER_PIDS=()
  trap stop_all EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# Usage: await NAME PID LOG COMMAND… — until COMMAND succeeds, at most 60 s.
await() {
  local name=$1 pid=$2 log=$3 tries=300
  shift 3
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$((tries -= 1))" -le 0 ]; then
      tail -n 5 "$log" >&2
      die "$name does not start; its last words are above"
    fi
    sleep 0.2
  done
}

# dockerd with its own containerd. Exports DOCKER_HOST.
start_docker() {
  command -v dockerd >/dev/null || die "no dockerd here: run ci/peers install"
  local dir=$PEERS/docker
  mkdir -p "$dir/config"
  # The client of the same package, whatever else is called docker here.
  ln -s "$(dpkg -L docker.io | grep -m 1 '/bin/docker$')" "$PEERS/bin/docker"
  printf '{}\n' >"$dir/daemon.json"
  # A session of its own: Ctrl-C on the terminal must not reach it before stop_all does.
  setsid dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
    --pidfile "$dir/pid" -H "unix://$dir/socket" --iptables=false --bridge=none \
    --exec-opt native.cgroupdriver=cgroupfs >"$dir/log" 2>&1 &
  PEER_PIDS+=("$!")
  await dockerd "$!" "$dir/log" docker -H "unix://$dir/socket" version
  export DOCKER_HOST="unix://$dir/socket" DOCKER_CONFIG="$dir/config"
  unset DOCKER_CONTEXT
}

# Podman needs no service: a script of that name, first in PATH, calls it with a private store.
# Exports COWBELL_PODMAN_COMMAND.
start_podman() {
  local program dir=$PEERS/podman
  program=$(command -v podman) || die "no podman here: run ci/peers install"
  mkdir -p "$dir/home/.config/containers"
  # Raising limits fails where root lacks CAP_SYS_RESOURCE; the cgroup manager must not be systemd's.
  cat >"$dir/containers.conf" <<-CONF
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	CONF
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' "$dir/root" "$dir/run" >"$dir/storage.conf"
  printf 'unqualified-search-registries = []\n' >"$dir/registries.conf"
  printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$dir/home/.config/containers/policy.json"
  cat >"$PEERS/bin/podman" <<-SCRIPT
	#!/bin/sh
	export HOME='$dir/home' CONTAINERS_CONF='$dir/containers.conf'
	export CONTAINERS_STORAGE_CONF='$dir/storage.conf' CONTAINERS_REGISTRIES_CONF='$dir/registries.conf'
	exec '$program' --root '$dir/root' --runroot '$dir/run' --tmpdir '$dir/tmp' "\$@"
	SCRIPT
  chmod 755 "$PEERS/bin/podman"
  "$PEERS/bin/podman" info >"$dir/log" 2>&1 || {
    tail -n 5 "$dir/log" >&2
    die "podman does not work; its last words are above"
  }
  export COWBELL_PODMAN_COMMAND="$PEERS/bin/podman"
}

# docker-registry on a free port of 127.0.0.1, plain HTTP. Exports COWBELL_REGISTRY (HOST:PORT).
start_registry() {
  command -v docker-registry >/dev/null || die "no docker-registry here: run ci/peers install"
  local dir=$PEERS/registry
  mkdir -p "$dir/data"
  cat >"$dir/config.yml" <<-CONF
	version: 0.1
	log: {level: info}
	storage: {filesystem: {rootdirectory: $dir/data}, delete: {enabled: true}}
	http: {addr: 127.0.0.1:0}
	CONF
  setsid docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 &
  PEER_PIDS+=("$!")
  await docker-registry "$!" "$dir/log" grep -q 'listening on 127\.0\.0\.1:' "$dir/log"
  COWBELL_REGISTRY=$(grep -o 'listening on 127\.0\.0\.1:[0-9]*' "$dir/log" | head -n 1 | grep -o '127.*')
  export COWBELL_REGISTRY
}

# Ids of processes whose command line names PEERS: what a started engine left running.
peer_leftovers() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -qF "$PEERS/"; then
      file=${file#/proc/}
      printf '%s\n' "${file%/cmdline}"
    fi
  done
}

# Usage: wait_gone PID… — at most 20 s.
wait_gone() {
  local pid tries=100
  for pid in "$@"; do
    while kill -0 "$pid" 2>/dev/null && [ "$((tries -= 1))" -gt 0 ]; do sleep 0.2; done
  done
}

# Stops what was started, unmounts and removes what it left. Idempotent; keeps the exit status.
stop_all() {
  local status=$? left=() path
  trap - EXIT
  trap '' HUP INT TERM
  [ -n "${PEERS:-}" ] || return "$status"
  if [ -x "$PEERS/bin/podman" ]; then
    # The whole store is ours and goes away below; this ends the containers in order.
    mapfile -t left < <("$PEERS/bin/podman" ps -aq 2>/dev/null)
    [ "${#left[@]}" = 0 ] || "$PEERS/bin/podman" rm -f -t 0 "${left[@]}" >/dev/null 2>&1 || true
  fi
  if [ "${#PEER_PIDS[@]}" -gt 0 ]; then
    kill -TERM "${PEER_PIDS[@]}" 2>/dev/null || true
    wait_gone "${PEER_PIDS[@]}"
  fi
  mapfile -t left < <(peer_leftovers)
  if [ "${#left[@]}" -gt 0 ]; then
    kill -KILL "${left[@]}" 2>/dev/null || true
    wait_gone "${left[@]}"
  fi
  # Later mounts lie on earlier ones.
  awk -v dir="$PEERS/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac |
    while read -r path; do umount -l "$path" || true; done
  rm -rf --one-file-system "$PEERS" || say "could not remove $PEERS"
  # Directories only when empty: a cgroup or a folder that somebody else uses by now stays.
  for path in "${PEER_STRAYS[@]}"; do
    if [ -d "$path" ]; then rmdir "$path" 2>/dev/null || true; else rm -f "$path"; fi
  done
  unset PEERS
  return "$status"
}
