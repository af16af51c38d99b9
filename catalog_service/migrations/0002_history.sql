-- Why a write was made, as its caller gave it.
alter table revisions add column reason text not null default '';
create index revisions_by_actor on revisions (actor, revision);
create index revisions_by_time on revisions (committed_at);

-- Key of the tool's latest version before the write; null if the tool did not exist. With it every past state can be
-- told from the changes after it.
alter table changes add column latest_before text collate "C";
-- Where the version was created, the one that the change found or else the one that it made.
alter table changes add column created_revision bigint;
alter table changes add column created_ordinal bigint;
create index changes_by_tool on changes (name_key, revision, ordinal);
update changes c set latest_before = (
  select case when p.is_latest then p.version_key end from changes p
    where p.name_key = c.name_key and p.revision < c.revision and (p.is_latest or p.was_latest)
    order by p.revision desc, p.ordinal desc limit 1);

update changes c set (created_revision, created_ordinal) = (
  select p.revision, p.ordinal from changes p
    where p.name_key = c.name_key and p.version_key = c.version_key and p.previous_revision is null
      and (p.revision, p.ordinal) <= (c.revision, c.ordinal)
    order by p.revision desc, p.ordinal desc limit 1);
alter table changes alter column created_revision set not null, alter column created_ordinal set not null;

-- Writes that were applied under an identity of the caller's own, with their answers.
create table requests (
  actor text not null,
  request_id text not null,
  method text not null,
  request_hash bytea not null check (octet_length(request_hash) = 32),
  answer bytea compression lz4 not null,
  created_at timestamptz not null,
  primary key (actor, request_id)
);
create index requests_by_age on requests (created_at);
