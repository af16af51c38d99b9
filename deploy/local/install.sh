# shellcheck shell=bash
# shellcheck disable=SC2034 # variables for the scripts that source this
# Installs what the build, the local stack and the tests need from Debian's packages. Sourced, never run.

stack_packages=(
  bazel-bootstrap bazel-rules-java bazel-rules-proto g++
  libabsl-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  golang-github-grpc-ecosystem-grpc-gateway-dev # the google/api and google/rpc protos
  libcli11-dev libpq-dev libspdlog-dev libssl-dev libyaml-cpp-dev nlohmann-json3-dev
  postgresql-15 postgresql-client-15
  ca-certificates curl jq procps python3
)
test_packages=(git libgmock-dev libgtest-dev)

# Prints those of the packages that are not installed.
missing_packages() {
  local package status
  declare -A installed=()
  while read -r status package; do
    if [[ $status == installed ]]; then installed[$package]=yes; fi
  done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null)
  for package; do
    if [[ ! -v installed[$package] ]]; then echo "$package"; fi
  done
}

# Installs those of the packages that are missing. Fails with one line that says why it cannot.
install_packages() {
  local package_tool missing as_root=() settings=/etc/postgresql-common/createcluster.d/toolcatalog.conf
  for package_tool in apt-get dpkg-query; do
    if [[ -z $(type -P "$package_tool") ]]; then
      echo "no $package_tool on this machine: the Tool Catalog builds on the packages of Debian 12" >&2
      return 1
    fi
  done
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)); then
    if [[ -z $(type -P sudo) ]]; then
      echo "packages are missing, and neither root nor sudo is here to install them: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  # A third-party source that does not answer is no reason to stop: the installation decides.
  "${as_root[@]}" apt-get update -q || true
  # Debian's PostgreSQL package would start a server of its own, which nobody here asked for.
  "${as_root[@]}" mkdir -p "${settings%/*}"
  "${as_root[@]}" tee "$settings" <<<'create_main_cluster = off' >/dev/null
  local outcome=0
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null || outcome=$?
  "${as_root[@]}" rm -f "$settings"
  return "$outcome"
}
