# shellcheck shell=bash
# shellcheck disable=SC2034 # variables for the scripts that source this
# What up and down share: the state directory, and processes that are known by more than a pid. Sourced, never run.

set -euo pipefail
export LC_ALL=C.UTF-8
unset "${!PG@}" # a PGHOST or PGPORT of the user's own must not lead to another database

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
state=$repo/.local
# In the order in which they stop; they start the other way round.
services=(gateway reload catalog postgres)

# --- saying what happens -----------------------------------------------------------------------------------------

in_step=

# Begins a line of progress, which `done_step` ends.
step() {
  printf '  %-10s' "$1"
  in_step=yes
  step_began=$(now_ms)
}

done_step() {
  local took=$(($(now_ms) - step_began))
  printf '%s  (%d.%d s)\n' "$1" $((took / 1000)) $((took % 1000 / 100))
  in_step=
}

die() {
  if [[ -n $in_step ]]; then echo failed >&2; fi
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Shows the end of a log, then dies.
die_with_log() {
  local log=$1
  shift
  if [[ -n $in_step ]]; then echo failed >&2; fi
  in_step=
  printf -- '--- last lines of %s\n' "$log" >&2
  tail -n 15 "$log" | cut -c 1-600 >&2
  die "$@"
}

# --- time ----------------------------------------------------------------------------------------------------------

now_ms() {
  local microseconds=${EPOCHREALTIME//[.,]/}
  echo $((microseconds / 1000))
}

# Tries a command until it succeeds; fails after so many seconds.
await() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    if (($(now_ms) >= deadline)); then return 1; fi
    sleep 0.05
  done
}

# --- state directory -----------------------------------------------------------------------------------------------

marker=toolcatalog-state

# Prints the command that stops this stack.
down_command() {
  if [[ $state == "$repo/.local" ]]; then echo deploy/local/down; else printf 'deploy/local/down --state-dir %q\n' "$state"; fi
}

is_empty_dir() { [[ -d $1 && -r $1 && -z $(ls -A -- "$1") ]]; }

is_state_dir() { [[ -f $state/$marker ]]; }

# Takes the state directory for this process. What may outlive it must not inherit the lock: {lock_fd}>&-
lock_state_dir() {
  exec {lock_fd}>"$state/lock"
  flock --timeout "$1" "$lock_fd"
}

# --- processes -----------------------------------------------------------------------------------------------------

# A pid may belong to somebody else by now. Together with the start time and the boot it belongs to one process for good.
boot_id=$(</proc/sys/kernel/random/boot_id)

# Prints when a process started, in clock ticks since boot; fails if there is no such process, or only its remains.
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] && echo "${stat[19]}"
}

# Notes that NAME runs as PID.
remember() {
  echo "$2 $(start_time "$2" || echo ended) $boot_id" >"$state/run/$1.pid"
}

# Prints the pid of NAME; fails if it does not run.
running() {
  local pid started boot
  { read -r pid started boot <"$state/run/$1.pid"; } 2>/dev/null || return 1
  [[ $boot == "$boot_id" && $(start_time "$pid") == "$started" ]] && echo "$pid"
}

not_running() { ! running "$1" >/dev/null; }

# Stops NAME: a friendly signal first, a hard one for a process that has not ended after so many seconds.
stop() {
  local name=$1 signal=$2 patience=$3 hard_signal=$4 pid
  if pid=$(running "$name"); then
    kill -s "$signal" "$pid" 2>/dev/null || not_running "$name" || die "$name (process $pid) belongs to another user"
    if ! await "$patience" not_running "$name"; then
      echo "  $name has not stopped within $patience s and is ended by force" >&2
      kill -s "$hard_signal" "$pid" 2>/dev/null || true
      await 10 not_running "$name" || die "$name (process $pid) cannot be stopped"
    fi
  fi
  rm -f "$state/run/$name.pid"
}

# Stops everything that runs, the database last, so that no service sees another one go that it still needs.
stop_all() {
  local name
  rm -f "$state/run/ready"
  for name in "${services[@]}"; do
    if [[ $name == postgres ]]; then
      stop "$name" INT 60 QUIT # fast shutdown: ends sessions, writes a checkpoint; QUIT leaves that to a recovery
    else
      stop "$name" TERM 10 KILL
    fi
  done
  if [[ -f $state/run/socket_dir ]]; then
    remove_temporary_socket_dir "$(<"$state/run/socket_dir")"
    rm -f "$state/run/socket_dir"
  fi
}

# Removes a socket directory that lies outside of the cluster's home (see up).
remove_temporary_socket_dir() {
  if [[ $1 == /tmp/toolcatalog-socket.?????? ]]; then rm -rf "$1"; fi
}

# --- ports -----------------------------------------------------------------------------------------------------------

# Whether anything listens on a TCP port, whoever it belongs to.
listening() {
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && index($2, port) { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
