-- What lists filter by, of each tool's latest version, beside the tool itself, so that a list needs no join to count its
-- tools. Triggers keep it, for binaries of every age; neither fires where a version changes without its filters.
select revision from counter for update;
alter table tools add column platform text, add column category text, add column status text,
  add column enabled boolean;
update tools t set platform = v.platform, category = v.category, status = v.status, enabled = v.enabled
  from versions v where v.name_key = t.name_key and v.version_key = t.latest_version_key;
alter table tools alter column platform set not null, alter column category set not null,
  alter column status set not null, alter column enabled set not null;
-- Counts alone read it. Like the tool's row, it stays as it is when a version gets a new revision.
create index tools_by_filters on tools (platform, category, status, enabled, name_key);

create function filters_of_latest() returns trigger language plpgsql as $$
begin
  select v.platform, v.category, v.status, v.enabled into new.platform, new.category, new.status, new.enabled
    from versions v where v.name_key = new.name_key and v.version_key = new.latest_version_key;
  return new;
end $$;
create trigger filters_of_latest before insert or update of latest_version_key on tools
  for each row execute function filters_of_latest();

create function filters_follow_version() returns trigger language plpgsql as $$
begin
  update tools set platform = new.platform, category = new.category, status = new.status, enabled = new.enabled
    where name_key = new.name_key and latest_version_key = new.version_key;
  return null;
end $$;
create trigger filters_follow_version after update on versions for each row
  when (old.platform <> new.platform or old.category <> new.category or old.status <> new.status
    or old.enabled <> new.enabled)
  execute function filters_follow_version();

-- The order of the times of change. Definitions are only ever added, so each costs one entry at the end; an index of
-- the versions' revisions would move with every update.
create index definitions_by_revision on definitions (revision, name_key, version_key);
