-- What reload services report of themselves. Written outside of the counter's lock, and without a revision.
create table reload_events (
  replica text collate "C" not null,
  boot_id text collate "C" not null,
  event_id bigint not null check (event_id > 0),
  ended_at timestamptz not null,
  trigger_type text collate "C" not null,
  success boolean not null,
  -- In lower case.
  tool_names text[] collate "C" not null,
  -- Number of events of the same boot directly before this one that are missing, as far as is known. What retention
  -- removes is not missing.
  missing_before bigint not null check (missing_before >= 0),
  -- The event.
  body bytea compression lz4 not null,
  primary key (replica, boot_id, event_id)
);
-- Narrow, because every event pays for each; events of one time are sorted when they are read.
create index reload_events_by_time on reload_events (ended_at);
create index reload_events_by_replica on reload_events (replica, ended_at);
create index reload_events_by_trigger on reload_events (trigger_type, ended_at);
create index reload_events_by_failure on reload_events (ended_at) where not success;
-- A short pending list: no report has to wait for the end of a long one.
create index reload_events_by_tool on reload_events using gin (tool_names) with (gin_pending_list_limit = 256);
create index reload_event_gaps_by_time on reload_events (ended_at) where missing_before > 0;
create index reload_event_gaps on reload_events (replica, boot_id, event_id) where missing_before > 0;

-- Each replica as the newest of its processes last reported.
create table replicas (
  replica text collate "C" primary key,
  boot_id text collate "C" not null,
  state text not null,
  freeze_reason text not null,
  -- Whether that was its last word.
  stopped boolean not null,
  applied_revision bigint not null,
  version text not null,
  started_at timestamptz not null,
  applied_at timestamptz,
  reported_at timestamptz not null,
  statistics bytea compression lz4 not null,
  -- The process before it, as it last reported; empty = none is known.
  previous bytea not null
) with (fillfactor = 50);

-- Their processes.
create table replica_boots (
  replica text collate "C" not null,
  boot_id text collate "C" not null,
  started_at timestamptz not null,
  -- The newest of its events that has been kept, 0 = none.
  last_event_id bigint not null,
  first_event_at timestamptz,
  reported_at timestamptz not null,
  -- Whether it has said its last word.
  stopped boolean not null,
  primary key (replica, boot_id)
) with (fillfactor = 50);

-- Outbound webhooks, by name in lower case.
create table reload_hooks (
  name text collate "C" primary key,
  body bytea not null
);
