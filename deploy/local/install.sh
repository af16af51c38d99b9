# shellcheck shell=bash
# shellcheck disable=SC2034 # variables for the scripts that source this
# Installs what the build, the local stack and the tests need from Debian's packages. Sourced, after lib.sh, never run.

stack_packages=(
  bazel-bootstrap bazel-rules-java bazel-rules-proto g++
  libabsl-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  golang-github-grpc-ecosystem-grpc-gateway-dev # the google/api and google/rpc protos
  libcli11-dev libcurl4-openssl-dev libpq-dev libre2-dev libspdlog-dev libssl-dev libutf8proc-dev libyaml-cpp-dev
  nlohmann-json3-dev rapidjson-dev
  postgresql-15 postgresql-client-15
  python3-pip # where no Go is new enough for the gateway, it comes from PyPI
  ca-certificates curl jq python3
)
test_packages=(git libgmock-dev libgtest-dev nginx-light)
lint_packages=(clang-format clang-tidy shellcheck)

# Prints those of the packages that are not installed. Dies if there is no way to find out, or to install them.
missing_packages() {
  local tool status package missing=()
  for tool in apt-get dpkg-query; do
    [[ -n $(type -P "$tool") ]] || die "no $tool on this machine: the Tool Catalog builds on the packages of Debian 12"
  done
  declare -A installed=()
  while read -r status package; do
    if [[ $status == installed ]]; then installed[$package]=yes; fi
  done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null)
  for package; do
    if [[ ! -v installed[$package] ]]; then missing+=("$package"); fi
  done
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)) && [[ -z $(type -P sudo) ]]; then
    die "packages are missing, and neither root nor sudo is here to install them: ${missing[*]}"
  fi
  printf '%s\n' "${missing[@]}"
}

# Installs packages with apt-get; its output says what happens.
install_packages() {
  local as_root=() outcome=0 settings=/etc/postgresql-common/createcluster.d/toolcatalog.conf
  local policy=/usr/sbin/policy-rc.d made=()
  if ((EUID != 0)); then as_root=(sudo); fi
  # A third-party source that does not answer is no reason to stop: the installation decides.
  "${as_root[@]}" apt-get update -q || true
  # Debian's PostgreSQL and nginx packages would start servers of their own, which nobody here asked for.
  "${as_root[@]}" mkdir -p "${settings%/*}"
  "${as_root[@]}" tee "$settings" <<<'create_main_cluster = off' >/dev/null
  if [[ ! -e $policy ]]; then
    "${as_root[@]}" install -m 0755 /dev/stdin "$policy" <<<$'#!/bin/sh\nexit 101'
    made=("$policy")
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null ||
    outcome=$?
  "${as_root[@]}" rm -f "$settings" "${made[@]}"
  return "$outcome"
}

# Installs those of the packages that are missing. Dies if that fails.
install_missing() {
  local missing
  missing=$(missing_packages "$@")
  # shellcheck disable=SC2086 # one package a word
  if [[ -n $missing ]]; then install_packages $missing || die "packages could not be installed"; fi
}
