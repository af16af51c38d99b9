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

-- For binaries that do not know the columns, until a later step.
create function complete_change() returns trigger language plpgsql as $$
begin
  select case when p.is_latest then p.version_key end into new.latest_before from changes p
    where p.name_key = new.name_key and p.revision < new.revision and (p.is_latest or p.was_latest)
    order by p.revision desc, p.ordinal desc limit 1;
  if new.previous_revision is not null then
    select p.created_revision, p.created_ordinal into new.created_revision, new.created_ordinal from changes p
      where p.name_key = new.name_key and p.version_key = new.version_key and p.revision < new.revision
      order by p.revision desc, p.ordinal desc limit 1;
  end if;
  new.created_revision := coalesce(new.created_revision, new.previous_revision, new.revision);
  new.created_ordinal := coalesce(new.created_ordinal, new.ordinal);
  return new;
end $$;
create trigger complete_change before insert on changes
  for each row when (new.created_revision is null) execute function complete_change();

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
