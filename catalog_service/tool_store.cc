#include "catalog_service/tool_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/stored_tool.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Bodies that one statement of a list reads, and the size at which its page ends.
constexpr int kChunkRows = 64;
constexpr size_t kPageBytes = 3 << 20;

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
    "select t.tool_name, d.body, d.content_hash, v.revision, v.version_key = t.latest_version_key "
    "from tools t join versions v on v.name_key = t.name_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision "
    "where t.name_key = $1 order by v.created_revision desc, v.created_ordinal desc"};

// Parts of the statements of lists, which differ by order and by the side tables that they need: with one statement for
// all, the database could not plan for any.
// $5: -1 = either, 0 = disabled, 1 = enabled.
constexpr char kListed[] =
    " from tools t join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "where ($2 = '' or v.platform = $2) and ($3 = '' or v.category = $3) and ($4 = '' or v.status = $4) "
    "and ($5 < 0 or v.enabled = ($5 = 1))";
constexpr char kWithCapability[] =
    " and t.name_key in (select c.name_key from tool_capabilities c where c.capability_name = any($6::text[]))";
constexpr char kWithTag[] = " and t.name_key in (select g.name_key from tool_tags g where g.tag = $7)";

// How an order continues after the place ($1, $8), and where it starts.
struct OrderSql {
  const char* after;
  const char* by;
  const char* first_name_key;
  int64_t first_revision;
};
// Names are ASCII.
constexpr OrderSql kOrders[] = {
    {" and t.name_key > $1", " order by t.name_key", "", 0},
    {" and t.name_key < $1", " order by t.name_key desc", "\x7f", 0},
    {" and (v.revision > $8 or v.revision = $8 and t.name_key > $1)", " order by v.revision, t.name_key", "", 0},
    {" and (v.revision < $8 or v.revision = $8 and t.name_key > $1)", " order by v.revision desc, t.name_key", "",
     std::numeric_limits<int64_t>::max()}};

constexpr PgStatement kCountAll = {"count_all_tools", "select count(*) from tools"};

constexpr PgStatement kBodies = {
    "list_bodies",
    "select u.place, d.body, d.content_hash from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality "
    "as u(name_key, version_key, revision, place) join definitions d on d.name_key = u.name_key "
    "and d.version_key = u.version_key and d.revision = u.revision order by u.place"};

// A list's statements for one combination of order, capability and tag.
struct ListStatements {
  std::string page_name, page_sql, count_name, count_sql;
  PgStatement page() const { return {page_name.c_str(), page_sql.c_str()}; }
  PgStatement count() const { return {count_name.c_str(), count_sql.c_str()}; }
};

ListStatements MakeListStatements(int order, bool capability, bool tag) {
  const std::string filters = absl::StrCat(kListed, capability ? kWithCapability : "", tag ? kWithTag : "");
  const std::string suffix = absl::StrCat(capability ? "_capability" : "", tag ? "_tag" : "");
  return {absl::StrCat("list_tools_", order, suffix),
          absl::StrCat("select t.name_key, v.version_key, v.revision", filters, kOrders[order].after, kOrders[order].by,
                       " offset $9 limit $10"),
          absl::StrCat("count_tools", suffix), absl::StrCat("select count(*)", filters)};
}

const ListStatements& StatementsFor(ToolStore::Order order, const ToolStore::Filter& filter) {
  static const std::vector<ListStatements>* const statements = [] {
    auto* all = new std::vector<ListStatements>;
    for (int i = 0; i < 16; ++i) all->push_back(MakeListStatements(i / 4, i % 4 / 2 != 0, i % 2 != 0));
    return all;
  }();
  return (*statements)[static_cast<int>(order) * 4 + !filter.capabilities.empty() * 2 + !filter.tag.empty()];
}

std::vector<PgParam> FilterParams(const ToolStore::Filter& filter, const ToolStore::Place& after) {
  return {PgParam::Text(after.name_key),
          PgParam::Text(filter.platform),
          PgParam::Text(filter.category),
          PgParam::Text(filter.status),
          PgParam::Int(filter.enabled.has_value() ? *filter.enabled : -1),
          PgParam::TextArray(filter.capabilities),
          PgParam::Text(filter.tag),
          PgParam::Int(after.revision)};
}

bool HoldsAll(const ToolStore::Filter& filter) {
  return filter.platform.empty() && filter.category.empty() && filter.status.empty() && !filter.enabled.has_value() &&
         filter.capabilities.empty() && filter.tag.empty();
}

absl::StatusOr<int64_t> Count(PgPool& pool, const PgStatement& statement, const ToolStore::Filter& filter) {
  absl::StatusOr<PgResult> rows =
      HoldsAll(filter) ? pool.Read(kCountAll, {}) : pool.Read(statement, FilterParams(filter, {}));
  if (!rows.ok()) return rows.status();
  return rows->Int(0, 0);
}

}  // namespace

absl::StatusOr<v1::GetToolResponse> ToolStore::Get(const std::string& name_key, const std::string& version_key) {
  absl::StatusOr<PgResult> rows = pool_.Read(kGet, {PgParam::Text(name_key), PgParam::Text(version_key)});
  if (!rows.ok()) return rows.status();
  const int64_t as_of = rows->Int(0, 0);
  if (rows->IsNull(0, 1)) {
    return WithErrorInfo(
        absl::NotFoundError(version_key.empty()
                                ? absl::StrCat("tool \"", name_key, "\" does not exist")
                                : absl::StrCat("tool \"", name_key, "\" version \"", version_key, "\" does not exist")),
        kReasonNotFound, {{"as_of_revision", absl::StrCat(as_of)}});
  }
  v1::GetToolResponse response;
  *response.mutable_tool() = DecodeTool({rows->Text(0, 2), rows->Text(0, 3), rows->Int(0, 4), rows->Bool(0, 5)});
  response.set_as_of_revision(as_of);
  response.set_content_hash(absl::BytesToHexString(rows->Text(0, 3)));
  return response;
}

absl::StatusOr<v1::ListToolVersionsResponse> ToolStore::Versions(const std::string& name_key) {
  absl::StatusOr<PgResult> rows = pool_.Read(kVersions, {PgParam::Text(name_key)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 0) {
    return WithErrorInfo(absl::NotFoundError(absl::StrCat("tool \"", name_key, "\" does not exist")), kReasonNotFound,
                         {});
  }
  v1::ListToolVersionsResponse response;
  response.set_tool_name(std::string(rows->Text(0, 0)));
  response.set_total_versions(rows->rows());
  for (int i = 0; i < rows->rows(); ++i) {
    *response.add_versions() = DecodeTool({rows->Text(i, 1), rows->Text(i, 2), rows->Int(i, 3), rows->Bool(i, 4)});
  }
  return response;
}

absl::StatusOr<ToolStore::Page> ToolStore::List(const Filter& filter, Order order, const std::optional<Place>& after,
                                                int64_t skip, int limit) {
  const ListStatements& statements = StatementsFor(order, filter);
  absl::StatusOr<int64_t> total = Count(pool_, statements.count(), filter);
  if (!total.ok()) return total.status();
  const OrderSql& sql = kOrders[static_cast<int>(order)];
  std::vector<PgParam> params = FilterParams(filter, after.value_or(Place{sql.first_name_key, sql.first_revision}));
  params.push_back(PgParam::Int(skip));
  // One row more than is needed shows whether another page follows.
  params.push_back(PgParam::Int(limit + 1));
  absl::StatusOr<PgResult> rows = pool_.Read(statements.page(), params);
  if (!rows.ok()) return rows.status();
  Page page;
  page.total = *total;
  const int wanted = std::min(limit, rows->rows());
  absl::StatusOr<int> read = ReadBodies(*rows, wanted, page.tools);
  if (!read.ok()) return read.status();
  if (*read > 0 && *read < rows->rows())
    page.last = Place{std::string(rows->Text(*read - 1, 0)), rows->Int(*read - 1, 2)};
  return page;
}

absl::StatusOr<int> ToolStore::ReadBodies(const PgResult& keys, int wanted, std::vector<v1::Tool>& tools) {
  size_t bytes = 0;
  for (int begin = 0; begin < wanted; begin += kChunkRows) {
    std::vector<std::string> names, versions;
    std::vector<int64_t> revisions;
    for (int i = begin; i < std::min(wanted, begin + kChunkRows); ++i) {
      names.emplace_back(keys.Text(i, 0));
      versions.emplace_back(keys.Text(i, 1));
      revisions.push_back(keys.Int(i, 2));
    }
    absl::StatusOr<PgResult> rows =
        pool_.Read(kBodies, {PgParam::TextArray(names), PgParam::TextArray(versions), PgParam::IntArray(revisions)});
    if (!rows.ok()) return rows.status();
    for (int row = 0; row < rows->rows(); ++row) {
      const int index = begin + static_cast<int>(rows->Int(row, 0)) - 1;
      if (bytes >= kPageBytes) return index;
      bytes += rows->Text(row, 1).size();
      tools.push_back(DecodeTool({rows->Text(row, 1), rows->Text(row, 2), keys.Int(index, 2), true}));
    }
  }
  return wanted;
}

}  // namespace toolcatalog
