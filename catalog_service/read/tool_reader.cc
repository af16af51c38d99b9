#include "catalog_service/read/tool_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/definition_rows.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/model/tool_errors.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// How much of the bodies one statement reads: rows, and about the bytes that the database answers at once.
constexpr size_t kChunkRows = 64;
constexpr size_t kChunkBytes = 1 << 20;

constexpr PgStatement kGet = {
    "get_tool",
    "select c.revision, s.tool_name, s.body, s.content_hash, s.revision, s.is_latest from counter c left join "
    "(select t.tool_name, d.body, d.content_hash, v.revision, v.version_key = t.latest_version_key as is_latest "
    "from tools t join versions v on v.name_key = t.name_key "
    "and v.version_key = case when $2::text = '' then t.latest_version_key else $2::text end "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision "
    "where t.name_key = $1) s on true"};

constexpr PgStatement kVersions = {
    "list_versions",
    "select t.tool_name, v.version_key, v.version, v.revision, v.version_key = t.latest_version_key "
    "from tools t join versions v on v.name_key = t.name_key "
    "where t.name_key = $1 order by v.created_revision desc, v.created_ordinal desc"};

// A list of more tools than this is read in its order until the page is full. Of a shorter list all tools are found
// first.
constexpr int64_t kMany = 1000;
// A page of a list in the order of revisions reads up to this many times the definitions that it shows. If that does
// not fill the page, all tools of the list are found first.
constexpr int kDefinitionsOfPage[] = {4, 32};

// Parts of the statements of lists. There is a statement for each order and each set of filters, because one statement
// for all would have no good plan for any.
constexpr char kFewWithCapability[] =
    "t.name_key in (select c.name_key from tool_capabilities c where c.capability_name = any($6::text[]))";
constexpr char kFewWithTag[] = "t.name_key in (select g.name_key from tool_tags g where g.tag = $7)";
// `offset 0` keeps the database from finding all such tools first.
constexpr char kHasCapability[] =
    "exists (select from tool_capabilities c where c.name_key = t.name_key "
    "and c.capability_name = any($6::text[]) offset 0)";
constexpr char kHasTag[] = "exists (select from tool_tags g where g.name_key = t.name_key and g.tag = $7 offset 0)";
constexpr char kLatest[] =
    "tools t join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key";

// How an order continues after the place ($1, $8), and where it starts.
struct OrderSql {
  const char* after;
  const char* by;
  const char* first_name_key;
  int64_t first_revision;
  bool by_revision;
};
// Names are ASCII.
constexpr OrderSql kOrders[] = {
    {" and t.name_key > $1", " order by t.name_key", "", 0, false},
    {" and t.name_key < $1", " order by t.name_key desc", "\x7f", 0, false},
    {" and v.revision >= $8 and (v.revision > $8 or v.name_key > $1)", " order by v.revision, v.name_key", "", 0, true},
    {" and v.revision <= $8 and (v.revision < $8 or v.name_key > $1)", " order by v.revision desc, v.name_key", "",
     std::numeric_limits<int64_t>::max(), true}};

constexpr PgStatement kCountAll = {"count_all_tools", "select count(*) from tools"};
constexpr PgStatement kCountCapability = {
    "count_tools_of_capability", "select count(*) from tool_capabilities c where c.capability_name = any($1::text[])"};
constexpr PgStatement kCountTag = {"count_tools_of_tag", "select count(*) from tool_tags g where g.tag = $1"};

// One statement that is put together.
struct MadeStatement {
  std::string name, sql;
  PgStatement statement() const { return {name.c_str(), sql.c_str()}; }
};

// The statements of a list. Each page is of keys of definitions.
struct ListStatements {
  MadeStatement count;
  // For few tools, and in an order by revision: $9 = offset, $10 = limit.
  MadeStatement few;
  // For many tools in an order by name: the names of the page come from an index alone.
  MadeStatement many;
  // For many tools in an order by revision: the first $10 definitions, and which of them the list holds.
  MadeStatement definitions;
};

ListStatements MakeListStatements(const ToolReader::Filter& filter, ToolReader::Order order) {
  std::string filters, few = "true", has = "true";
  auto add = [&](bool used, const char* name, const char* few_condition, const char* has_condition) {
    if (!used) return;
    absl::StrAppend(&filters, "_", name);
    absl::StrAppend(&few, " and ", few_condition);
    absl::StrAppend(&has, " and ", has_condition);
  };
  add(!filter.platform.empty(), "platform", "t.platform = $2", "t.platform = $2");
  add(!filter.category.empty(), "category", "t.category = $3", "t.category = $3");
  add(!filter.status.empty(), "status", "t.status = $4", "t.status = $4");
  add(filter.enabled.has_value(), "enabled", "t.enabled = ($5 = 1)", "t.enabled = ($5 = 1)");
  add(!filter.capabilities.empty(), "capability", kFewWithCapability, kHasCapability);
  add(!filter.tag.empty(), "tag", kFewWithTag, kHasTag);
  const OrderSql& sql = kOrders[static_cast<int>(order)];
  const std::string suffix = absl::StrCat("_", static_cast<int>(order), filters);
  const std::string cut = absl::StrCat(sql.after, sql.by, " offset $9 limit $10");
  const std::string key = "select v.name_key, v.version_key, v.revision";
  return {
      {absl::StrCat("count_tools", filters), absl::StrCat("select count(*) from tools t where ", few)},
      {absl::StrCat("list_few_tools", suffix), absl::StrCat(key, " from ", kLatest, " where ", few, cut)},
      {absl::StrCat("list_many_tools", suffix),
       absl::StrCat(key, " from ", kLatest, " join (select t.name_key from tools t where ", has, cut,
                    ") p on p.name_key = t.name_key", sql.by)},
      {absl::StrCat("list_definitions", suffix),
       absl::StrCat(key, ", t.name_key is not null from (", key, " from definitions v where true", sql.after, sql.by,
                    " limit $10) v left join versions e on e.name_key = v.name_key "
                    "and e.version_key = v.version_key and e.revision = v.revision left join tools t "
                    "on t.name_key = e.name_key and t.latest_version_key = e.version_key and ",
                    has, sql.by)}};
}

std::vector<PgParam> FilterParams(const ToolReader::Filter& filter, const ToolReader::Place& after) {
  return {PgParam::Text(after.name_key),
          PgParam::Text(filter.platform),
          PgParam::Text(filter.category),
          PgParam::Text(filter.status),
          PgParam::Int(filter.enabled.value_or(false)),
          PgParam::TextArray(filter.capabilities),
          PgParam::Text(filter.tag),
          PgParam::Int(after.revision)};
}

absl::StatusOr<int64_t> Count(PgPool& pool, const ToolReader::Filter& filter, const ListStatements& statements) {
  const bool plain =
      filter.platform.empty() && filter.category.empty() && filter.status.empty() && !filter.enabled.has_value();
  auto count = [&pool](const PgStatement& statement, const std::vector<PgParam>& params) -> absl::StatusOr<int64_t> {
    absl::StatusOr<PgResult> rows = pool.Read(statement, params);
    if (!rows.ok()) return rows.status();
    return rows->Int(0, 0);
  };
  // If the side tables suffice, reading them alone costs a fraction.
  if (plain && filter.tag.empty() && filter.capabilities.empty()) return count(kCountAll, {});
  if (plain && filter.tag.empty() && filter.capabilities.size() == 1) {
    return count(kCountCapability, {PgParam::TextArray(filter.capabilities)});
  }
  if (plain && filter.capabilities.empty()) return count(kCountTag, {PgParam::Text(filter.tag)});
  return count(statements.count.statement(), FilterParams(filter, {}));
}

}  // namespace

absl::StatusOr<v1::GetToolResponse> ToolReader::Get(const std::string& name_key, const std::string& version_key) {
  absl::StatusOr<PgResult> rows = pool_.Read(kGet, {PgParam::Text(name_key), PgParam::Text(version_key)});
  if (!rows.ok()) return rows.status();
  const int64_t as_of = rows->Int(0, 0);
  if (rows->IsNull(0, 1)) {
    const std::string version = version_key.empty() ? "" : absl::StrCat(" version \"", version_key, "\"");
    return ToolNotFound(name_key, version_key, absl::StrCat("tool \"", name_key, "\"", version, " does not exist"),
                        {{"as_of_revision", absl::StrCat(as_of)}});
  }
  v1::GetToolResponse response;
  *response.mutable_tool() = DecodeTool({rows->Text(0, 2), rows->Text(0, 3), rows->Int(0, 4), rows->Bool(0, 5)});
  response.set_as_of_revision(as_of);
  response.set_content_hash(absl::BytesToHexString(rows->Text(0, 3)));
  return response;
}

absl::StatusOr<ToolReader::Versions> ToolReader::ListVersions(const std::string& name_key, const HoldBytes& hold) {
  absl::StatusOr<PgResult> rows = pool_.Read(kVersions, {PgParam::Text(name_key)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 0) {
    return ToolNotFound(name_key, "", absl::StrCat("tool \"", name_key, "\" does not exist"));
  }
  std::vector<Key> keys;
  for (int i = 0; i < rows->rows(); ++i) {
    keys.push_back({name_key, std::string(rows->Text(i, 1)), rows->Int(i, 3), rows->Bool(i, 4)});
  }
  absl::StatusOr<std::vector<std::string>> tools =
      ReadTools(keys, keys.size(), std::numeric_limits<size_t>::max(), hold);
  if (!tools.ok()) return tools.status();
  Versions versions;
  versions.tool_name = std::string(rows->Text(0, 0));
  for (int i = 0; i < rows->rows(); ++i) {
    if (!(*tools)[i].empty()) versions.versions.push_back({std::string(rows->Text(i, 2)), std::move((*tools)[i])});
  }
  return versions;
}

absl::StatusOr<ToolReader::Page> ToolReader::List(const Filter& filter, Order order, const std::optional<Place>& after,
                                                  int64_t skip, int limit, size_t max_bytes, const HoldBytes& hold) {
  const ListStatements statements = MakeListStatements(filter, order);
  absl::StatusOr<int64_t> total = Count(pool_, filter, statements);
  if (!total.ok()) return total.status();
  Page page;
  page.total = *total;
  if (*total == 0) return page;
  const OrderSql& sql = kOrders[static_cast<int>(order)];
  std::vector<PgParam> params = FilterParams(filter, after.value_or(Place{sql.first_name_key, sql.first_revision}));
  params.push_back(PgParam::Int(skip));
  // One row more than is needed shows whether another page follows.
  absl::StatusOr<std::vector<Key>> keys;
  if (*total <= kMany || (sql.by_revision && skip > 0)) {
    keys = Keys(statements.few.statement(), params, limit + 1);
  } else if (sql.by_revision) {
    keys = KeysByRevision(statements.definitions.statement(), statements.few.statement(), params, limit + 1);
  } else {
    keys = Keys(statements.many.statement(), params, limit + 1);
  }
  if (!keys.ok()) return keys.status();
  absl::StatusOr<std::vector<std::string>> tools =
      ReadTools(*keys, std::min<size_t>(limit, keys->size()), max_bytes, hold);
  if (!tools.ok()) return tools.status();
  const size_t read = tools->size();
  if (read > 0 && read < keys->size()) page.last = Place{(*keys)[read - 1].name_key, (*keys)[read - 1].revision};
  tools->erase(std::remove(tools->begin(), tools->end(), ""), tools->end());
  page.tools = *std::move(tools);
  return page;
}

absl::StatusOr<std::vector<ToolReader::Key>> ToolReader::Keys(const PgStatement& statement, std::vector<PgParam> params,
                                                              int limit) {
  params.push_back(PgParam::Int(limit));
  absl::StatusOr<PgResult> rows = pool_.Read(statement, params);
  if (!rows.ok()) return rows.status();
  std::vector<Key> keys;
  for (int i = 0; i < rows->rows(); ++i) {
    keys.push_back({std::string(rows->Text(i, 0)), std::string(rows->Text(i, 1)), rows->Int(i, 2)});
  }
  return keys;
}

absl::StatusOr<std::vector<ToolReader::Key>> ToolReader::KeysByRevision(const PgStatement& definitions,
                                                                        const PgStatement& all,
                                                                        const std::vector<PgParam>& params, int limit) {
  for (const int pages : kDefinitionsOfPage) {
    std::vector<PgParam> with_limit = params;
    with_limit.push_back(PgParam::Int(pages * limit));
    absl::StatusOr<PgResult> rows = pool_.Read(definitions, with_limit);
    if (!rows.ok()) return rows.status();
    std::vector<Key> keys;
    for (int i = 0; i < rows->rows() && static_cast<int>(keys.size()) < limit; ++i) {
      if (!rows->Bool(i, 3)) continue;
      keys.push_back({std::string(rows->Text(i, 0)), std::string(rows->Text(i, 1)), rows->Int(i, 2)});
    }
    if (static_cast<int>(keys.size()) == limit || rows->rows() < pages * limit) return keys;
  }
  return Keys(all, params, limit);
}

absl::StatusOr<std::vector<std::string>> ToolReader::ReadTools(const std::vector<Key>& keys, size_t wanted,
                                                               size_t max_bytes, const HoldBytes& hold) {
  std::vector<std::string> tools;
  size_t bytes = 0;
  while (tools.size() < wanted && bytes < max_bytes) {
    if (absl::Status status = hold(bytes); !status.ok()) return status;
    const size_t begin = tools.size(), end = std::min(wanted, begin + kChunkRows);
    DefinitionKeys chunk;
    for (size_t i = begin; i < end; ++i) chunk.Add(keys[i].name_key, keys[i].version_key, keys[i].revision);
    absl::StatusOr<DefinitionRows> rows = DefinitionRows::Read(pool_, chunk, kChunkBytes);
    if (!rows.ok()) return rows.status();
    for (int row = 0; row < rows->size() && bytes < max_bytes; ++row) {
      const size_t index = begin + rows->PlaceOf(row);
      // Those in between are gone.
      tools.resize(index + 1);
      tools[index] = EncodeTool(rows->Stored(row, keys[index].revision, keys[index].is_latest));
      bytes += tools[index].size();
    }
    if (rows->size() == 0) tools.resize(end);
  }
  return tools;
}

}  // namespace toolcatalog
