-- What lists and searches need of each tool's latest version, derived from its definition by search_text.cc and written
-- in the transaction that changes the text. No column here changes with every update.
create extension if not exists pg_trgm;

create table tool_capabilities (
  capability_name text collate "C" not null,
  name_key text collate "C" not null,
  tool_name text not null,
  primary key (capability_name, name_key) include (tool_name)
);
create index tool_capabilities_of_tool on tool_capabilities (name_key);

-- Tags in lower case.
create table tool_tags (
  tag text collate "C" not null,
  name_key text collate "C" not null,
  primary key (tag, name_key)
);
create index tool_tags_of_tool on tool_tags (name_key);

create table search_documents (
  name_key text collate "C" primary key,
  -- Of everything that is derived: tells whether it must be written.
  text_hash bytea not null,
  -- Each word behind the letter of the field in which it stands, so that the index alone knows the fields.
  words tsvector not null
);
-- A short pending list: searches read all of it.
create index search_documents_words on search_documents using gin (words) with (gin_pending_list_limit = 256);

-- All words, to find what a misspelled one may have meant. Words that no tool has any more stay.
create table search_words (
  word text collate "C" primary key
);
create index search_words_similar on search_words using gin (word gin_trgm_ops);

-- Up to which revision the tables above follow the tools. It lags after a write by a binary that does not know them;
-- the next migration then derives them anew.
alter table counter add column indexed_revision bigint not null default 0;
