#include "catalog_service/write/write_sql.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/postgres/notify_channel.h"
#include "catalog_service/search/index_sql.h"
#include "catalog_service/write/request_sql.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kInsertRevisions = {
    "insert_revisions",
    "insert into revisions (revision, state_hash, committed_at, actor, peer, request_id, mutation_id, change_bytes, "
    "reason) "
    "select r, h, $3, a, p, q, m, b, y from unnest($1::bigint[], $2::bytea[], $4::text[], $5::text[], $6::text[], "
    "$7::bytea[], $8::bigint[], $9::text[]) as u(r, h, a, p, q, m, b, y)"};

constexpr PgStatement kInsertDefinitions = {
    "insert_definitions",
    "insert into definitions (name_key, version_key, revision, content_hash, body, facets) "
    "select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[])"};

constexpr PgStatement kUpsertVersions = {
    "upsert_versions",
    "insert into versions (name_key, version_key, version, revision, created_revision, created_ordinal, platform, "
    "category, status, enabled) select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], "
    "$6::bigint[], $7::text[], $8::text[], $9::text[], $10::boolean[]) "
    "on conflict (name_key, version_key) do update set version = excluded.version, revision = excluded.revision, "
    "created_revision = excluded.created_revision, created_ordinal = excluded.created_ordinal, "
    "platform = excluded.platform, category = excluded.category, status = excluded.status, enabled = excluded.enabled"};

constexpr PgStatement kDeleteVersions = {
    "delete_versions",
    "delete from versions v using unnest($1::text[], $2::text[]) as u(name_key, version_key) "
    "where v.name_key = u.name_key and v.version_key = u.version_key"};

constexpr PgStatement kUpsertTools = {
    "upsert_tools",
    "insert into tools (name_key, tool_name, latest_version_key) select * from unnest($1::text[], $2::text[], "
    "$3::text[]) on conflict (name_key) do update set tool_name = excluded.tool_name, "
    "latest_version_key = excluded.latest_version_key"};

constexpr PgStatement kDeleteTools = {"delete_tools", "delete from tools where name_key = any($1::text[])"};

constexpr PgStatement kInsertChanges = {
    "insert_changes",
    "insert into changes (revision, ordinal, kind, name_key, version_key, tool_name, version, definition_revision, "
    "is_latest, previous_revision, was_latest, latest_before, created_revision, created_ordinal) "
    "select r, o, k, n, vk, t, v, nullif(d, 0), l, nullif(p, 0), w, nullif(lb, ''), cr, co "
    "from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], "
    "$8::bigint[], $9::boolean[], $10::bigint[], $11::boolean[], $12::text[], $13::bigint[], "
    "$14::bigint[]) as u(r, o, k, n, vk, t, v, d, l, p, w, lb, cr, co)"};

constexpr PgStatement kUpdateCounter = {
    "update_counter",
    "update counter set revision = $1, state_hash = $2, committed_at = $3, indexed_revision "
    "= case when indexed_revision = revision then $1 else indexed_revision end"};

constexpr PgStatement kNotify = {"notify_changes", "select pg_notify($1, $2::bigint::text)"};

// A std::vector<bool> holds no bools that one could point to.
using BoolColumn = absl::InlinedVector<bool, 16>;

void AddRevisions(const CatalogState& state, absl::Span<const WriteOrigin> origins, std::vector<PgCommand>& commands) {
  std::vector<int64_t> revisions, bytes;
  std::vector<std::string> hashes, actors, peers, requests, ids, reasons;
  for (size_t i = 0; i < origins.size(); ++i) {
    const AppliedWrite& write = state.writes()[i];
    revisions.push_back(write.revision);
    hashes.push_back(write.state_hash.bytes());
    actors.push_back(write.actor);
    peers.push_back(origins[i].mutation->peer);
    requests.push_back(origins[i].mutation->request_id);
    ids.push_back(origins[i].mutation_id);
    reasons.push_back(origins[i].mutation->reason);
    int64_t total = 0;
    for (const AppliedChange& change : write.changes) total += static_cast<int64_t>(change.body.size()) + 200;
    bytes.push_back(total);
  }
  commands.push_back({&kInsertRevisions,
                      {PgParam::IntArray(revisions), PgParam::BytesArray(hashes), PgParam::Time(state.now()),
                       PgParam::TextArray(actors), PgParam::TextArray(peers), PgParam::TextArray(requests),
                       PgParam::BytesArray(ids), PgParam::IntArray(bytes), PgParam::TextArray(reasons)}});
}

void AddDefinitions(const CatalogState& state, std::vector<PgCommand>& commands) {
  std::vector<std::string> names, versions, hashes, bodies, facets;
  std::vector<int64_t> revisions;
  for (const AppliedWrite& write : state.writes()) {
    for (const AppliedChange& change : write.changes) {
      if (change.body.empty()) continue;
      names.push_back(change.name_key);
      versions.push_back(change.version_key);
      revisions.push_back(change.definition_revision);
      hashes.push_back(change.content_hash);
      bodies.push_back(change.body);
      facets.push_back(change.facets);
    }
  }
  if (names.empty()) return;
  commands.push_back({&kInsertDefinitions,
                      {PgParam::TextArray(names), PgParam::TextArray(versions), PgParam::IntArray(revisions),
                       PgParam::BytesArray(hashes), PgParam::BytesArray(bodies), PgParam::TextArray(facets)}});
}

using Key = std::pair<std::string, std::string>;

// Rows of the versions that got a definition; of a promoted one nothing changes here.
void AddVersions(const CatalogState& state, std::vector<PgCommand>& commands) {
  std::set<Key> defined;
  for (const AppliedWrite& write : state.writes()) {
    for (const AppliedChange& change : write.changes) {
      if (!change.body.empty()) defined.insert({change.name_key, change.version_key});
    }
  }
  std::vector<std::string> names, keys, versions, platforms, categories, statuses;
  std::vector<int64_t> revisions, created, ordinals;
  BoolColumn enabled;
  for (const auto& [name_key, version_key] : defined) {
    auto tool = state.tools().find(name_key);
    if (tool == state.tools().end()) continue;
    auto found = tool->second.versions.find(version_key);
    if (found == tool->second.versions.end()) continue;
    const VersionState& version = found->second;
    const v1::Tool definition = DecodeTool(tool->second.Stored(version_key));
    names.push_back(name_key);
    keys.push_back(version_key);
    versions.push_back(version.version);
    revisions.push_back(version.revision);
    created.push_back(version.created_revision);
    ordinals.push_back(version.created_ordinal);
    platforms.push_back(definition.platform());
    categories.push_back(definition.category());
    statuses.push_back(definition.status());
    enabled.push_back(definition.enabled());
  }
  if (names.empty()) return;
  commands.push_back(
      {&kUpsertVersions,
       {PgParam::TextArray(names), PgParam::TextArray(keys), PgParam::TextArray(versions), PgParam::IntArray(revisions),
        PgParam::IntArray(created), PgParam::IntArray(ordinals), PgParam::TextArray(platforms),
        PgParam::TextArray(categories), PgParam::TextArray(statuses), PgParam::BoolArray(enabled)}});
}

// Latest pointers move before versions are deleted, because they must refer to existing ones.
void AddToolsAndDeletions(const CatalogState& state, const std::set<Key>& touched, std::vector<PgCommand>& commands) {
  std::vector<std::string> names, spellings, latest, gone_names, gone_version_names, gone_versions;
  std::set<std::string> moved;
  for (const AppliedWrite& write : state.writes()) {
    for (const AppliedChange& change : write.changes) {
      if (change.is_latest && !change.was_latest) moved.insert(change.name_key);
    }
  }
  std::set<std::string> seen;
  for (const auto& [name_key, version_key] : touched) {
    auto tool = state.tools().find(name_key);
    const bool exists = tool != state.tools().end();
    if (!exists || tool->second.versions.count(version_key) == 0) {
      gone_version_names.push_back(name_key);
      gone_versions.push_back(version_key);
    }
    if (!seen.insert(name_key).second) continue;
    if (!exists) {
      gone_names.push_back(name_key);
    } else if (moved.count(name_key) > 0) {
      names.push_back(name_key);
      spellings.push_back(tool->second.tool_name);
      latest.push_back(tool->second.latest_version_key);
    }
  }
  if (!names.empty()) {
    commands.push_back(
        {&kUpsertTools, {PgParam::TextArray(names), PgParam::TextArray(spellings), PgParam::TextArray(latest)}});
  }
  if (!gone_names.empty()) commands.push_back({&kDeleteTools, {PgParam::TextArray(gone_names)}});
  if (!gone_versions.empty()) {
    commands.push_back({&kDeleteVersions, {PgParam::TextArray(gone_version_names), PgParam::TextArray(gone_versions)}});
  }
}

void AddChanges(const CatalogState& state, std::vector<PgCommand>& commands) {
  std::vector<int64_t> revisions, ordinals, definitions, previous, created, created_ordinals;
  std::vector<std::string> kinds, names, version_keys, spellings, versions, latest_before;
  BoolColumn latest, was_latest;
  for (const AppliedWrite& write : state.writes()) {
    int64_t ordinal = 0;
    for (const AppliedChange& change : write.changes) {
      revisions.push_back(write.revision);
      ordinals.push_back(ordinal++);
      kinds.push_back(change.kind);
      names.push_back(change.name_key);
      version_keys.push_back(change.version_key);
      spellings.push_back(change.tool_name);
      versions.push_back(change.version);
      definitions.push_back(change.definition_revision);
      previous.push_back(change.previous_revision);
      latest.push_back(change.is_latest);
      was_latest.push_back(change.was_latest);
      latest_before.push_back(change.latest_before);
      created.push_back(change.created_revision);
      created_ordinals.push_back(change.created_ordinal);
    }
  }
  commands.push_back({&kInsertChanges,
                      {PgParam::IntArray(revisions), PgParam::IntArray(ordinals), PgParam::TextArray(kinds),
                       PgParam::TextArray(names), PgParam::TextArray(version_keys), PgParam::TextArray(spellings),
                       PgParam::TextArray(versions), PgParam::IntArray(definitions), PgParam::BoolArray(latest),
                       PgParam::IntArray(previous), PgParam::BoolArray(was_latest), PgParam::TextArray(latest_before),
                       PgParam::IntArray(created), PgParam::IntArray(created_ordinals)}});
}

}  // namespace

std::vector<PgCommand> RememberRequests(const CatalogState& state) {
  std::vector<PgCommand> commands;
  AddRequests(state, commands);
  return commands;
}

std::vector<PgCommand> WriteOutcome(const CatalogState& state, absl::Span<const WriteOrigin> origins) {
  std::set<Key> touched;
  for (const AppliedWrite& write : state.writes()) {
    for (const AppliedChange& change : write.changes) touched.insert({change.name_key, change.version_key});
  }
  std::vector<PgCommand> commands;
  AddRevisions(state, origins, commands);
  AddDefinitions(state, commands);
  AddVersions(state, commands);
  AddToolsAndDeletions(state, touched, commands);
  AddChanges(state, commands);
  AddRequests(state, commands);
  AddIndex(state, commands);
  commands.push_back(
      {&kUpdateCounter,
       {PgParam::Int(state.revision()), PgParam::Bytes(state.state_hash().bytes()), PgParam::Time(state.now())}});
  commands.push_back({&kNotify, {PgParam::Text(kNotifyChannel), PgParam::Int(state.revision())}});
  return commands;
}

}  // namespace toolcatalog
