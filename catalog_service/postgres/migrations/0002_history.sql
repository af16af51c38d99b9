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
-- One pass over each tool. A span begins where a write moved the latest version: rows of one write share it.
update changes c set latest_before = w.latest_before, created_revision = w.created_revision,
  created_ordinal = w.created_ordinal
from (
  select revision, ordinal,
    coalesce(max(version_key) filter (where was_latest) over (partition by name_key, revision),
      last_value(latest) over (partition by name_key order by revision range between unbounded preceding and 1 preceding)
    ) as latest_before,
    first_value(revision) over life as created_revision,
    first_value(ordinal) over life as created_ordinal
  from (
    select *, first_value(case when is_latest then version_key end)
      over (partition by name_key, span order by revision, is_latest desc, ordinal desc) as latest
    from (
      select *,
        count(*) filter (where is_latest or was_latest) over (partition by name_key order by revision) as span,
        count(*) filter (where previous_revision is null)
          over (partition by name_key, version_key order by revision, ordinal) as life
      from changes) s) l
  window life as (partition by name_key, version_key, life order by revision, ordinal)) w
where w.revision = c.revision and w.ordinal = c.ordinal;
create index changes_by_tool on changes (name_key, revision, ordinal);
alter table changes alter column created_revision set not null, alter column created_ordinal set not null;

-- For binaries that do not know the columns, until a later step. They write versions and tools before the changes.
create function complete_change() returns trigger language plpgsql as $$
begin
  if new.was_latest then
    new.latest_before := new.version_key;
    -- The rows of the same write that came first could not know.
    update changes set latest_before = new.version_key where name_key = new.name_key and revision = new.revision;
  else
    -- The tool's last row tells: itself, or by what it found; of one write the one that became the latest.
    select case when p.revision = new.revision then p.latest_before when p.is_latest then p.version_key
        when not p.was_latest then p.latest_before end into new.latest_before
      from changes p where p.name_key = new.name_key and p.revision <= new.revision
      order by p.revision desc, p.is_latest desc, p.was_latest desc, p.ordinal desc limit 1;
    if not found then
      -- Its changes are kept no longer. Unless the batch moved it, the latest is still the same; else it was the newest.
      select v.version_key into new.latest_before from versions v left join tools t on t.name_key = v.name_key
        where v.name_key = new.name_key and v.version_key <> new.version_key and v.created_revision < new.revision
        order by coalesce(v.version_key = t.latest_version_key, false) desc, v.created_revision desc,
          v.created_ordinal desc limit 1;
    end if;
  end if;
  if new.previous_revision is not null then
    select v.created_revision, v.created_ordinal into new.created_revision, new.created_ordinal from versions v
      where v.name_key = new.name_key and v.version_key = new.version_key and v.created_revision < new.revision;
    if not found then
      select p.created_revision, p.created_ordinal into new.created_revision, new.created_ordinal from changes p
        where p.name_key = new.name_key and p.version_key = new.version_key and p.revision < new.revision
        order by p.revision desc, p.ordinal desc limit 1;
    end if;
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
