# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the scripts that source this; those of lib.sh
# A local stack for the programs of this folder. Sourced after deploy/local/lib.sh, never run.

# shellcheck source=tests/free_ports.sh
source "$repo/tests/free_ports.sh"

# Builds the program of a folder of this module into FILE.
build_program() {
  local folder=$1 file=$2 go
  go=$("$repo/deploy/gateway/find_go")
  (cd "$repo/tests/hostile" && GOTOOLCHAIN=local GOFLAGS=-buildvcs=false "$go" build -o "$file" "$folder")
}

# Starts a stack without tools, and sets its addresses: gateway, catalog, reload, internal. `logs` is a folder that gets
# its logs at the end; empty for none.
start_stack() {
  logs=$1
  state=$(mktemp -d)
  chmod 0711 "$state" # for the user postgres
  local base
  base=$(free_port_base)
  gateway=127.0.0.1:$base catalog=127.0.0.1:$((base + 1)) reload=127.0.0.1:$((base + 2)) internal=127.0.0.1:$((base + 5))
  trap stop_stack EXIT
  trap 'exit 130' INT TERM HUP
  "$repo/deploy/local/up" --detach --no-samples --state-dir "$state" --port-base "$base" >/dev/null
}

stop_stack() {
  local code=$?
  if [[ -n $logs ]]; then cp "$state"/*.log "$logs/" && echo "logs: $logs"; fi
  "$repo/deploy/local/down" --state-dir "$state" --wipe >/dev/null || code=1
  rm -rf "$state"
  exit "$code"
}

# Starts NAME of the stack anew with other settings, as `up` does.
restart() {
  local name=$1
  shift
  stop "$name" TERM 10 KILL
  setsid "$@" >"$state/$name.log" 2>&1 </dev/null &
  remember "$name" $!
}

healthy() { curl --silent --fail --max-time 2 --noproxy '*' --output /dev/null "http://$gateway/api/v1/tools/health"; }

# Gives the services and the gateway so many MiB to keep to.
limit_memory() {
  echo "memory_limit_mib: $1" | tee -a "$state/catalog.yaml" >>"$state/reload.yaml"
  restart catalog "$repo/bazel-bin/catalog_service/catalog_service" --config "$state/catalog.yaml"
  restart reload "$repo/bazel-bin/reload_service/reload_service" --config "$state/reload.yaml"
  restart gateway "$repo/.build/gateway/gateway" --listen "$gateway" --catalog "$catalog" --reload "$reload" \
    --memory-limit-mib "$2"
  await 60 healthy || die_with_log "$state/gateway.log" "the stack is not healthy with its bounds of memory"
}
