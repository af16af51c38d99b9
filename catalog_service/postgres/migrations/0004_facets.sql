-- What the filters of watch streams judge a definition by: its platform, its category and the names of its
-- capabilities, one a line. Null where a binary that did not know them wrote it; then the body tells.
alter table definitions add column facets text;
