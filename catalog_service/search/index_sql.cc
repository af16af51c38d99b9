#include "catalog_service/search/index_sql.h"

#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/search/search_text.h"
#include "common/log.h"
#include "toolcatalog/v1/tool.pb.h"

// How the side tables of searches and lists follow the tools.
//
// `search_documents`, `tool_capabilities`, `tool_tags` and `search_words` hold what is derived of the latest version of
// each tool. The writer brings them up to date within its own transaction, under the counter's lock, so they never lag
// behind what it writes. A tool whose searched texts a batch leaves alone costs no statement. Of the others a row is
// written only when the hash of its text has changed.
//
// - A binary of an older release does not know the tables. `counter.indexed_revision` says up to which revision they
//   are right; if that is not the current one, `FillIndex`, which `migrate` runs, derives all tools anew.
// - `FillIndex` takes the counter's lock for a few tools at a time, so that writers go on in between. It does the last
//   portion and the mark in one transaction under the lock.
// - Lists travel as texts with a separator that no name, tag or word contains.

namespace toolcatalog {
namespace {

// So few that the lock is not held for long, however large each is.
constexpr int kPortionTools = 50;

constexpr PgStatement kWriteIndex = {
    "write_index",
    "with given as (select * from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[]) "
    "as u(name_key, tool_name, text_hash, capabilities, tags, words)), "
    "changed as materialized (select g.* from given g left join search_documents s on s.name_key = g.name_key "
    "where s.text_hash is distinct from g.text_hash), "
    "documents as (insert into search_documents (name_key, text_hash, words) "
    "select name_key, text_hash, words::tsvector from changed "
    "on conflict (name_key) do update set text_hash = excluded.text_hash, words = excluded.words), "
    "old_capabilities as (delete from tool_capabilities t using changed c where t.name_key = c.name_key "
    "and t.capability_name <> all(string_to_array(c.capabilities, E'\\n'))), "
    "capabilities as (insert into tool_capabilities (capability_name, name_key, tool_name) "
    "select n, c.name_key, c.tool_name from changed c, unnest(string_to_array(c.capabilities, E'\\n')) as n "
    "on conflict (capability_name, name_key) do update set tool_name = excluded.tool_name "
    "where tool_capabilities.tool_name <> excluded.tool_name), "
    "old_tags as (delete from tool_tags t using changed c where t.name_key = c.name_key "
    "and t.tag <> all(string_to_array(c.tags, E'\\n'))), "
    "tags as (insert into tool_tags (tag, name_key) "
    "select n, c.name_key from changed c, unnest(string_to_array(c.tags, E'\\n')) as n on conflict do nothing) "
    "insert into search_words (word) select distinct substr(w, 2) from changed c, "
    "unnest(string_to_array(c.words, ' ')) as w order by 1 on conflict do nothing"};

constexpr PgStatement kDeleteIndex = {
    "delete_index",
    "with documents as (delete from search_documents where name_key = any($1::text[])), "
    "capabilities as (delete from tool_capabilities where name_key = any($1::text[])) "
    "delete from tool_tags where name_key = any($1::text[])"};

constexpr PgStatement kReadBodies = {
    "read_bodies",
    "select d.name_key, d.version_key, d.body from unnest($1::text[], $2::text[], $3::bigint[]) "
    "as u(name_key, version_key, revision) join definitions d on d.name_key = u.name_key "
    "and d.version_key = u.version_key and d.revision = u.revision"};

constexpr PgStatement kPosition = {"index_position", "select revision, indexed_revision from counter"};
constexpr PgStatement kLock = {"index_lock", "select revision from counter for update"};

constexpr PgStatement kNextTools = {
    "index_next_tools",
    "select t.name_key, t.tool_name, d.body from tools t "
    "join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision "
    "where t.name_key > $1 order by t.name_key limit $2"};

constexpr PgStatement kChangedTools = {
    "index_changed_tools",
    "select t.name_key, t.tool_name, d.body from tools t "
    "join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision "
    "where t.name_key > $1 and t.name_key in (select c.name_key from changes c where c.revision > $3) "
    "order by t.name_key limit $2"};

constexpr PgStatement kVanishedTools = {
    "index_vanished_tools",
    "select name_key from search_documents s where not exists (select from tools t where t.name_key = s.name_key)"};

constexpr PgStatement kIndexed = {"indexed", "update counter set indexed_revision = revision"};

// Rows of the side tables, in the making.
class IndexRows {
 public:
  void Add(const std::string& name_key, const std::string& tool_name, const v1::Tool& tool) {
    const IndexedText text = IndexedTextOf(tool);
    name_keys_.push_back(name_key);
    tool_names_.push_back(tool_name);
    hashes_.push_back(TextHash(tool_name, text));
    capabilities_.push_back(absl::StrJoin(text.capabilities, "\n"));
    tags_.push_back(absl::StrJoin(text.tags, "\n"));
    words_.push_back(absl::StrJoin(text.words, " "));
  }
  void AddTo(std::vector<PgCommand>& commands) const {
    if (name_keys_.empty()) return;
    commands.push_back({&kWriteIndex,
                        {PgParam::TextArray(name_keys_), PgParam::TextArray(tool_names_), PgParam::BytesArray(hashes_),
                         PgParam::TextArray(capabilities_), PgParam::TextArray(tags_), PgParam::TextArray(words_)}});
  }

 private:
  std::vector<std::string> name_keys_, tool_names_, hashes_, capabilities_, tags_, words_;
};

std::set<std::string> TouchedTools(const CatalogState& state) {
  std::set<std::string> touched;
  for (const AppliedWrite& write : state.writes()) {
    for (const AppliedChange& change : write.changes) touched.insert(change.name_key);
  }
  return touched;
}

v1::Tool Parse(absl::string_view body) {
  v1::Tool tool;
  tool.ParseFromArray(body.data(), static_cast<int>(body.size()));
  return tool;
}

void AddDeletions(const std::vector<std::string>& name_keys, std::vector<PgCommand>& commands) {
  if (!name_keys.empty()) commands.push_back({&kDeleteIndex, {PgParam::TextArray(name_keys)}});
}

// Whether the batch has left alone all that the side tables hold of a tool.
bool HasLoadedText(const CatalogState::LoadedLatest* loaded, const std::string& tool_name, const v1::Tool& latest) {
  return loaded != nullptr && loaded->tool_name == tool_name &&
         SearchedTextOf(Parse(loaded->body)) == SearchedTextOf(latest);
}

// Indexes the tools in `rows`; the key of the last one.
std::string AddRows(const PgResult& rows, std::vector<PgCommand>& commands) {
  IndexRows index;
  std::string last;
  for (int i = 0; i < rows.rows(); ++i) {
    last = std::string(rows.Text(i, 0));
    index.Add(last, std::string(rows.Text(i, 1)), Parse(rows.Text(i, 2)));
  }
  index.AddTo(commands);
  return last;
}

// Indexes the tools after `*name_key`, or those of them that changed after `since`; false if there are none.
absl::StatusOr<bool> FillPortion(PgConnection& connection, std::optional<int64_t> since, std::string* name_key) {
  PgCommand next = {&kNextTools, {PgParam::Text(*name_key), PgParam::Int(kPortionTools)}};
  if (since.has_value()) {
    next.statement = &kChangedTools;
    next.params.push_back(PgParam::Int(*since));
  }
  PgTransaction transaction(&connection);
  PgTransaction::Results read = transaction.Run({{&kLock, {}}, next});
  if (!read.ok()) return read.status();
  const PgResult& rows = read->back();
  std::vector<PgCommand> commands;
  std::string last = AddRows(rows, commands);
  if (absl::Status status = transaction.RunAndCommit(std::move(commands)).status(); !status.ok()) return status;
  *name_key = std::move(last);
  return rows.rows() > 0;
}

// Indexes all tools, or those that changed after `since`; the number of portions.
absl::StatusOr<int> FillPortions(PgConnection& connection, std::optional<int64_t> since) {
  std::string name_key;
  for (int portions = 0;; ++portions) {
    absl::StatusOr<bool> more = FillPortion(connection, since, &name_key);
    if (!more.ok()) return more.status();
    if (!*more) return portions;
  }
}

// Indexes what changed after `revision`, and declares the tables current.
absl::Status FinishFill(PgConnection& connection, int64_t revision) {
  const PgCommand changed = {
      &kChangedTools, {PgParam::Text(""), PgParam::Int(std::numeric_limits<int64_t>::max()), PgParam::Int(revision)}};
  PgTransaction transaction(&connection);
  PgTransaction::Results read = transaction.Run({{&kLock, {}}, changed, {&kVanishedTools, {}}});
  if (!read.ok()) return read.status();
  const PgResult &rows = (*read)[1], &gone = (*read)[2];
  std::vector<std::string> vanished;
  for (int i = 0; i < gone.rows(); ++i) vanished.emplace_back(gone.Text(i, 0));
  std::vector<PgCommand> commands;
  AddRows(rows, commands);
  AddDeletions(vanished, commands);
  commands.push_back({&kIndexed, {}});
  return transaction.RunAndCommit(std::move(commands)).status();
}

}  // namespace

std::optional<PgCommand> ReadMissingBodies(const CatalogState& state) {
  std::vector<std::string> names, versions;
  std::vector<int64_t> revisions;
  for (const std::string& name_key : TouchedTools(state)) {
    auto tool = state.tools().find(name_key);
    if (tool == state.tools().end()) continue;
    const VersionState& latest = tool->second.versions.at(tool->second.latest_version_key);
    if (latest.body.has_value()) continue;
    names.push_back(name_key);
    versions.push_back(tool->second.latest_version_key);
    revisions.push_back(latest.revision);
  }
  if (names.empty()) return std::nullopt;
  return PgCommand{&kReadBodies,
                   {PgParam::TextArray(names), PgParam::TextArray(versions), PgParam::IntArray(revisions)}};
}

void LoadMissingBodies(const PgResult& rows, CatalogState& state) {
  for (int i = 0; i < rows.rows(); ++i) {
    state.LoadBody(std::string(rows.Text(i, 0)), std::string(rows.Text(i, 1)), std::string(rows.Text(i, 2)));
  }
}

void AddIndex(const CatalogState& state, std::vector<PgCommand>& commands) {
  IndexRows index;
  std::vector<std::string> gone;
  for (const std::string& name_key : TouchedTools(state)) {
    auto tool = state.tools().find(name_key);
    if (tool == state.tools().end()) {
      gone.push_back(name_key);
      continue;
    }
    const ToolState& found = tool->second;
    const v1::Tool latest = Parse(found.Stored(found.latest_version_key).body);
    if (!HasLoadedText(state.FindLoaded(name_key), found.tool_name, latest)) {
      index.Add(name_key, found.tool_name, latest);
    }
  }
  index.AddTo(commands);
  AddDeletions(gone, commands);
}

absl::Status FillIndex(PgConnection& connection) {
  absl::StatusOr<PgResult> position = connection.Execute(kPosition, {});
  if (!position.ok()) return position.status();
  const int64_t revision = position->Int(0, 0);
  if (position->Int(0, 1) == revision) return absl::OkStatus();
  absl::StatusOr<int> portions = FillPortions(connection, std::nullopt);
  if (!portions.ok()) return portions.status();
  LogInfo("search index derived", {{"portions", *portions}, {"from_revision", position->Int(0, 1)}});
  // Catches up once without the lock on what was written meanwhile, so that little is left for the last portion.
  absl::StatusOr<PgResult> filled = connection.Execute(kPosition, {});
  if (!filled.ok()) return filled.status();
  if (absl::Status status = FillPortions(connection, revision).status(); !status.ok()) return status;
  return FinishFill(connection, filled->Int(0, 0));
}

}  // namespace toolcatalog
