# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of lib.sh
# The private PostgreSQL of the local stack: where it lies, and how it is made and started. Sourced by up.

pg_bin=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root: its files and processes then belong to the user that Debian's package made for it.
as_owner=()
if ((EUID == 0)); then as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups); fi

# Chooses the folder of the cluster: in the state directory, or, where the user postgres cannot get there (a clone under
# /root, say), beside Debian's own clusters.
choose_cluster_home() {
  if [[ -f $state/cluster_home ]]; then
    home=$(<"$state/cluster_home")
  else
    home=$state/postgres
    mkdir -p "$home"
    own "$home"
    if ! "${as_owner[@]}" test -w "$home" 2>/dev/null; then
      rmdir "$home"
      home=$(mktemp -d /var/lib/toolcatalog-local.XXXXXX)
      own "$home"
      require_space "$home"
    fi
    echo "$home" >"$state/cluster_home"
  fi
  "${as_owner[@]}" test -w "$home" || die "the user of PostgreSQL cannot write to $home"
}

own() {
  chmod 0700 "$1"
  if ((EUID == 0)); then chown postgres: "$1"; fi
}

# Chooses the folder of the Unix socket: beside the cluster, unless the path is too long for a socket (107 bytes with the
# name) or has characters that connection strings would have to quote.
choose_socket_dir() {
  socket_dir=$home/socket
  if ((${#socket_dir} > 90)) || [[ ! $socket_dir =~ ^[A-Za-z0-9/._-]+$ ]]; then
    socket_dir=$(mktemp -d /tmp/toolcatalog-socket.XXXXXX)
  fi
  echo "$socket_dir" >"$state/run/socket_dir"
  mkdir -p "$socket_dir"
  own "$socket_dir"
}

create_cluster() {
  local log=$state/initdb.log
  if [[ -d $home/cluster ]]; then return; fi
  # Made under another name, so that an interrupted initdb leaves nothing that looks like a cluster.
  rm -rf "$home/unfinished"
  "${as_owner[@]}" "$pg_bin/initdb" --pgdata="$home/unfinished" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=reject --data-checksums >"$log" 2>&1 ||
    die_with_log "$log" "the database cluster could not be created"
  mv "$home/unfinished" "$home/cluster"
}

# After a crash: waits for the last sessions of the killed server. Then its pid file is stale, whatever became of its pid:
# PostgreSQL would take even remains that nobody has collected yet for a running server.
clear_crashed_server() {
  if [[ ! -f $home/cluster/postmaster.pid ]]; then return; fi
  await 20 cluster_unused || die "another server is running on $home/cluster"
  rm -f "$home/cluster/postmaster.pid" "$socket_dir"/.s.PGSQL.*
}

# Every process of a PostgreSQL server works in its cluster's folder.
cluster_unused() { ! readlink /proc/[0-9]*/cwd 2>/dev/null | grep -qxF "$home/cluster"; }

sql() { psql --host="$socket_dir" --username=postgres --no-psqlrc --quiet --tuples-only --no-align "$@"; }

create_database() {
  if [[ -z $(sql --dbname=postgres --command="SELECT 1 FROM pg_roles WHERE rolname = 'toolcatalog'") ]]; then
    sql --dbname=postgres --command="CREATE ROLE toolcatalog LOGIN"
  fi
  if [[ -z $(sql --dbname=postgres --command="SELECT 1 FROM pg_database WHERE datname = 'toolcatalog'") ]]; then
    sql --dbname=postgres --command="CREATE DATABASE toolcatalog OWNER toolcatalog"
  fi
}

start_database() {
  step database
  choose_cluster_home
  choose_socket_dir
  create_cluster
  clear_crashed_server
  # Who may open the socket is whoever may enter its folder, mode 0700: the user that runs the stack, and root. Nobody
  # needs a password then, and nothing listens on the network. Durability stays at PostgreSQL's safe defaults.
  start postgres "${as_owner[@]}" "$pg_bin/postgres" -D "$home/cluster" -p 5432 -c listen_addresses= \
    -c unix_socket_directories="$socket_dir" -c unix_socket_permissions=0700 -c log_line_prefix='%m [%p] %q%a '
  await_service postgres 120 pg_isready --quiet --username=postgres --host="$socket_dir"
  create_database 2>>"$state/postgres.log" || die_with_log "$state/postgres.log" "the database could not be created"
  done_step "PostgreSQL 15 in $home"
}
