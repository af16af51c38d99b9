-- Why a write was made, as the caller gave it.
alter table revisions add column reason text not null default '';

-- Latest version of the change's tool before the write; null if the tool did not exist. The same in all of a write's
-- changes of the tool, so the first one after a revision tells which version was the latest at that revision.
alter table changes add column latest_before text collate "C";

-- What each write did to the latest version of a tool: set it, deleted it with the tool (''), or nothing (null).
with writes as (
  select name_key, revision, coalesce(max(version_key) filter (where is_latest),
                                      case when bool_or(was_latest and definition_revision is null) then '' end) as latest
  from changes group by name_key, revision
), counted as (
  select name_key, revision, latest, count(latest) over (partition by name_key order by revision) as since from writes
), known as (
  select name_key, revision, first_value(latest) over (partition by name_key, since order by revision) as latest
  from counted
), before as (
  select name_key, revision, lag(latest) over (partition by name_key order by revision) as latest from known
)
update changes c set latest_before = nullif(b.latest, '')
  from before b where b.name_key = c.name_key and b.revision = c.revision;

create index changes_by_tool on changes (name_key, revision, ordinal);
create index revisions_by_actor on revisions (actor, revision);
create index revisions_by_time on revisions (committed_at);

-- Answers of writes, to give them again when a caller repeats a request.
create table requests (
  actor text not null,
  request_id text not null,
  method text not null,
  request_hash bytea not null,
  answer bytea not null,
  created_at timestamptz not null,
  primary key (actor, request_id)
);
create index requests_by_age on requests (created_at);
