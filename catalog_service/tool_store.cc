#include "catalog_service/tool_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/stored_tool.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Rows that one statement of a list reads, and the size at which its page ends.
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

// $5: -1 = either, 0 = disabled, 1 = enabled.
#define TOOLCATALOG_LISTED                                                                            \
  "from tools t join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key " \
  "where t.name_key > $1 and ($2 = '' or v.platform = $2) and ($3 = '' or v.category = $3) "          \
  "and ($4 = '' or v.status = $4) and ($5 < 0 or v.enabled = ($5 = 1)) "

// The page is cut first, so that only its bodies are read.
constexpr PgStatement kList = {
    "list_tools",
    "select l.name_key, d.body, d.content_hash, l.revision from ("
    "select t.name_key, v.version_key, v.revision " TOOLCATALOG_LISTED
    "order by t.name_key offset $6 limit $7) l "
    "join definitions d on d.name_key = l.name_key and d.version_key = l.version_key and d.revision = l.revision "
    "order by l.name_key"};

constexpr PgStatement kCount = {"count_tools", "select count(*) " TOOLCATALOG_LISTED};

#undef TOOLCATALOG_LISTED

std::vector<PgParam> FilterParams(const ToolStore::Filter& filter, const std::string& after_name_key) {
  return {PgParam::Text(after_name_key), PgParam::Text(filter.platform), PgParam::Text(filter.category),
          PgParam::Text(filter.status), PgParam::Int(filter.enabled.has_value() ? *filter.enabled : -1)};
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

absl::StatusOr<ToolStore::Page> ToolStore::List(const Filter& filter, const std::string& after_name_key, int64_t skip,
                                                int limit) {
  absl::StatusOr<PgResult> count = pool_.Read(kCount, FilterParams(filter, ""));
  if (!count.ok()) return count.status();
  Page page;
  page.total = count->Int(0, 0);
  std::string after = after_name_key;
  size_t bytes = 0;
  while (true) {
    // One row more than is needed shows whether another page follows.
    const int wanted = std::min(kChunkRows, limit + 1 - static_cast<int>(page.tools.size()));
    std::vector<PgParam> params = FilterParams(filter, after);
    params.push_back(PgParam::Int(skip));
    params.push_back(PgParam::Int(wanted));
    absl::StatusOr<PgResult> rows = pool_.Read(kList, params);
    if (!rows.ok()) return rows.status();
    for (int i = 0; i < rows->rows(); ++i) {
      if (static_cast<int>(page.tools.size()) == limit || bytes >= kPageBytes) {
        page.last_name_key = after;
        return page;
      }
      after = std::string(rows->Text(i, 0));
      bytes += rows->Text(i, 1).size();
      page.tools.push_back(DecodeTool({rows->Text(i, 1), rows->Text(i, 2), rows->Int(i, 3), true}));
    }
    if (rows->rows() < wanted) return page;
    skip = 0;
  }
}

}  // namespace toolcatalog
