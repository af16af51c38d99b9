# shellcheck shell=bash
# Finds ports for a local stack. Sourced after deploy/local/lib.sh, never run.

# Prints a port from which on six are free.
free_port_base() {
  local base offset
  while :; do
    base=$((20000 + RANDOM % 1000 * 10))
    for offset in 0 1 2 3 4 5; do
      if listening $((base + offset)); then continue 2; fi
    done
    echo "$base"
    return
  done
}
