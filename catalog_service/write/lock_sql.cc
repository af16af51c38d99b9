#include "catalog_service/write/lock_sql.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "catalog_service/write/request_sql.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kLockCounter = {
    "lock_counter", "select revision, state_hash, greatest(committed_at, clock_timestamp()) from counter for update"};

constexpr PgStatement kReadTools = {
    "read_tools",
    "select t.name_key, t.tool_name, t.latest_version_key, v.version_key, v.version, v.revision, v.created_revision, "
    "v.created_ordinal, d.content_hash, case when v.version_key = t.latest_version_key or t.name_key = any($4::text[]) "
    "or (v.name_key, v.version_key) in (select * from unnest($2::text[], $3::text[])) then d.body end "
    "from unnest($1::text[]) as k(name_key) join tools t on t.name_key = k.name_key "
    "join versions v on v.name_key = t.name_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision"};

constexpr PgStatement kFindMutations = {"find_mutations",
                                        "select count(*) from revisions where mutation_id = any($1::bytea[])"};

// A waiter of a row lock may be blocked by another waiter, so the chain is followed to those who wait for no lock. One
// that waits for a synchronous standby or for the disk of the log is committing: to end it would only lose its answer.
constexpr PgStatement kEndBlockers = {
    "end_blockers",
    "with recursive blockers(pid) as (select unnest(pg_blocking_pids($1::bigint::integer)) "
    "union select unnest(pg_blocking_pids(b.pid)) from blockers b) "
    "select pg_terminate_backend(a.pid) from blockers b join pg_stat_activity a on a.pid = b.pid "
    "where a.application_name = 'toolcatalog-writer' and a.wait_event_type is distinct from 'Lock' "
    "and coalesce(a.wait_event, '') not in ('SyncRep', 'WALSync', 'WALWrite') and a.pid <> $1"};

}  // namespace

std::vector<PgCommand> LockAndRead(absl::Span<const Mutation* const> mutations) {
  std::map<std::string, int> mutations_of;
  std::set<std::string> deleted_from, rolled_back;
  std::vector<std::string> names, version_keys;
  for (const Mutation* mutation : mutations) {
    for (VersionKey& key : TouchedVersions(*mutation)) {
      ++mutations_of[key.name_key];
      if (std::holds_alternative<DeleteMutation>(mutation->action)) deleted_from.insert(key.name_key);
      if (std::holds_alternative<RollbackMutation>(mutation->action)) rolled_back.insert(key.name_key);
      names.push_back(std::move(key.name_key));
      version_keys.push_back(std::move(key.version_key));
    }
  }
  // A version that a deletion promotes may be changed by a later mutation as the latest. A rollback compares each.
  std::vector<std::string> distinct, whole;
  for (const auto& [name_key, count] : mutations_of) {
    distinct.push_back(name_key);
    const bool may_promote = count > 1 && deleted_from.count(name_key) > 0;
    if (may_promote || rolled_back.count(name_key) > 0) whole.push_back(name_key);
  }
  std::vector<PgCommand> commands = {{&kLockCounter, {}},
                                     {&kReadTools,
                                      {PgParam::TextArray(distinct), PgParam::TextArray(names),
                                       PgParam::TextArray(version_keys), PgParam::TextArray(whole)}}};
  if (std::optional<PgCommand> requests = ReadRequests(mutations); requests.has_value()) {
    commands.push_back(*std::move(requests));
  }
  return commands;
}

CatalogState ReadState(const std::vector<PgResult>& results, const DefinitionValidator* validator) {
  const PgResult &counter = results[0], &rows = results[1];
  CatalogState state(validator, counter.Int(0, 0), StateHash::FromBytes(counter.Text(0, 1)), counter.Time(0, 2));
  std::map<std::string, ToolState> tools;
  for (int i = 0; i < rows.rows(); ++i) {
    ToolState& tool = tools[std::string(rows.Text(i, 0))];
    tool.tool_name = std::string(rows.Text(i, 1));
    tool.latest_version_key = std::string(rows.Text(i, 2));
    tool.versions[std::string(rows.Text(i, 3))] = {
        std::string(rows.Text(i, 4)),
        rows.Int(i, 5),
        rows.Int(i, 6),
        rows.Int(i, 7),
        std::string(rows.Text(i, 8)),
        rows.IsNull(i, 9) ? std::nullopt : std::optional<std::string>(rows.Text(i, 9))};
  }
  for (auto& [name_key, tool] : tools) state.Load(name_key, std::move(tool));
  if (results.size() > 2) LoadRequests(results[2], state);
  return state;
}

std::vector<PgCommand> LockAndFind(const std::vector<std::string>& mutation_ids) {
  return {{&kLockCounter, {}}, {&kFindMutations, {PgParam::BytesArray(mutation_ids)}}};
}

bool WasFound(const std::vector<PgResult>& results) { return results[1].Int(0, 0) > 0; }

PgCommand EndBlockersOf(int backend_pid) { return {&kEndBlockers, {PgParam::Int(backend_pid)}}; }

}  // namespace toolcatalog
