-- The revision counter. Its one row is the lock that every write takes first, so commit order is revision order.
create table counter (
  only_row boolean primary key default true check (only_row),
  revision bigint not null check (revision >= 0),
  state_hash bytea not null check (octet_length(state_hash) = 16),
  committed_at timestamptz not null
) with (fillfactor = 10);
insert into counter (revision, state_hash, committed_at)
  values (0, decode(repeat('00', 16), 'hex'), clock_timestamp());

-- One header a write. Revision 0 is the empty catalog, so that every position can be proved in the same way.
create table revisions (
  revision bigint primary key,
  state_hash bytea not null check (octet_length(state_hash) = 16),
  committed_at timestamptz not null,
  actor text not null,
  peer text not null,
  request_id text not null,
  -- Found here after a lost connection: the write was committed.
  mutation_id bytea not null unique check (octet_length(mutation_id) = 16),
  -- Size of the definitions that the write's changes carry, to read the log in bounded portions.
  change_bytes bigint not null
);
insert into revisions (revision, state_hash, committed_at, actor, peer, request_id, mutation_id, change_bytes)
  select 0, state_hash, committed_at, 'system', '', '', decode(repeat('00', 16), 'hex'), 0 from counter;

-- Every state that any version ever had. A body is written once and never updated.
create table definitions (
  name_key text collate "C" not null,
  version_key text collate "C" not null,
  revision bigint not null,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  body bytea compression lz4 not null,
  primary key (name_key, version_key, revision)
);

-- The versions that exist now, each with the revision of its definition, and what lists filter by.
create table versions (
  name_key text collate "C" not null,
  version_key text collate "C" not null,
  version text not null,
  revision bigint not null,
  -- Order of creation: the newest version is promoted when the latest is deleted.
  created_revision bigint not null,
  created_ordinal bigint not null,
  platform text not null,
  category text not null,
  status text not null,
  enabled boolean not null,
  primary key (name_key, version_key)
) with (fillfactor = 80);

-- The tools that exist now, each with its latest version: exactly one, and one that exists.
create table tools (
  name_key text collate "C" primary key,
  tool_name text not null,
  latest_version_key text collate "C" not null,
  foreign key (name_key, latest_version_key) references versions (name_key, version_key)
) with (fillfactor = 80);

-- The log.
create table changes (
  revision bigint not null,
  ordinal bigint not null,
  kind text not null,
  name_key text collate "C" not null,
  version_key text collate "C" not null,
  tool_name text not null,
  version text not null,
  -- Definition after the change; null when the version was deleted.
  definition_revision bigint,
  is_latest boolean not null,
  -- Definition before the change; null when the version is new.
  previous_revision bigint,
  was_latest boolean not null,
  primary key (revision, ordinal)
);
