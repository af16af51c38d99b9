#include "catalog_service/read/capability_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "catalog_service/model/stored_tool.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// Rows that one statement reads, and the size at which a page ends.
constexpr int kChunkRows = 64;
constexpr size_t kPageBytes = 3 << 20;
// About what one statement brings of definitions.
constexpr int64_t kChunkBytes = 1 << 20;

// Jumps in the index from one name to the next, from $1 on, $2 times at most. So the cost does not grow with the number
// of tools that have a capability.
constexpr PgStatement kList = {
    "list_capabilities",
    "with recursive names(name, place) as ((select min(capability_name), 1 from tool_capabilities "
    "where capability_name > $1) union all "
    "select (select min(c.capability_name) from tool_capabilities c where c.capability_name > n.name), n.place + 1 "
    "from names n where n.name is not null and n.place < $2) "
    "select n.name, (select count(*) from tool_capabilities c where c.capability_name = n.name), "
    "array_to_string(array(select c.tool_name from tool_capabilities c where c.capability_name = n.name "
    "order by c.name_key limit 1000), E'\\n') from names n where n.name is not null order by n.place"};

// Counts all names, once a page.
constexpr PgStatement kCountAll = {
    "count_capabilities",
    "with recursive names(name) as ((select min(capability_name) from tool_capabilities) union all "
    "select (select min(c.capability_name) from tool_capabilities c where c.capability_name > n.name) from names n "
    "where n.name is not null) select count(name) from names"};

constexpr PgStatement kCountTools = {"count_capability_tools",
                                     "select count(*) from tool_capabilities where capability_name = any($1::text[])"};

// Cut by the sizes of the rows before, so the first always fits. A size is known without reading the body.
constexpr PgStatement kTools = {
    "list_capability_tools",
    "select name_key, body, content_hash, revision from (select c.name_key, d.body, d.content_hash, v.revision, "
    "sum(octet_length(d.body)) over (order by c.name_key) - octet_length(d.body) as before "
    "from (select name_key from tool_capabilities "
    "where capability_name = $1 and name_key > $2 order by name_key limit $3) c "
    "join tools t on t.name_key = c.name_key "
    "join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision) s "
    "where before < $4 order by name_key"};

v1::CapabilityTool WithCapability(v1::Tool tool, const std::string& capability_name) {
  v1::CapabilityTool answer;
  answer.set_tool_name(tool.tool_name());
  answer.set_version(tool.version());
  answer.set_description(tool.description());
  answer.set_platform(tool.platform());
  answer.set_category(tool.category());
  answer.set_status(tool.status());
  answer.set_enabled(tool.enabled());
  for (v1::Capability& capability : *tool.mutable_capabilities()) {
    if (capability.capability_name() == capability_name) *answer.mutable_capability() = std::move(capability);
  }
  return answer;
}

}  // namespace

absl::StatusOr<CapabilityReader::Page> CapabilityReader::List(const std::string& after, int limit) {
  absl::StatusOr<PgResult> total = pool_.Read(kCountAll, {});
  if (!total.ok()) return total.status();
  Page page;
  page.total = total->Int(0, 0);
  std::string last = after;
  size_t bytes = 0;
  while (true) {
    // One row more than is needed shows whether another page follows.
    const int wanted = std::min(kChunkRows, limit + 1 - static_cast<int>(page.capabilities.size()));
    absl::StatusOr<PgResult> rows = pool_.Read(kList, {PgParam::Text(last), PgParam::Int(wanted)});
    if (!rows.ok()) return rows.status();
    for (int i = 0; i < rows->rows(); ++i) {
      if (static_cast<int>(page.capabilities.size()) == limit || bytes >= kPageBytes) {
        page.last_name = last;
        return page;
      }
      last = std::string(rows->Text(i, 0));
      bytes += last.size() + rows->Text(i, 2).size();
      v1::ListCapabilitiesResponse::Entry& entry = page.capabilities.emplace_back();
      entry.set_capability_name(last);
      entry.set_tool_count(static_cast<int32_t>(rows->Int(i, 1)));
      for (const absl::string_view name : absl::StrSplit(rows->Text(i, 2), '\n')) entry.add_tools(std::string(name));
    }
    if (rows->rows() < wanted) return page;
  }
}

absl::StatusOr<CapabilityReader::ToolsPage> CapabilityReader::Tools(const std::vector<std::string>& names,
                                                                    const std::optional<Place>& after, int limit) {
  absl::StatusOr<PgResult> count = pool_.Read(kCountTools, {PgParam::TextArray(names)});
  if (!count.ok()) return count.status();
  ToolsPage page;
  page.total = count->Int(0, 0);
  auto name = names.begin();
  Place place{names.front(), ""};
  if (after.has_value()) {
    name = std::find(names.begin(), names.end(), after->capability_name);
    place = *after;
  }
  size_t bytes = 0;
  while (name != names.end()) {
    const int wanted = std::min(kChunkRows, limit + 1 - static_cast<int>(page.tools.size()));
    absl::StatusOr<PgResult> rows = pool_.Read(
        kTools, {PgParam::Text(*name), PgParam::Text(place.name_key), PgParam::Int(wanted), PgParam::Int(kChunkBytes)});
    if (!rows.ok()) return rows.status();
    int64_t read = 0;
    for (int i = 0; i < rows->rows(); ++i) {
      if (static_cast<int>(page.tools.size()) == limit || bytes >= kPageBytes) return page;
      place = {*name, std::string(rows->Text(i, 0))};
      page.last = place;
      page.tools.push_back(
          WithCapability(DecodeTool({rows->Text(i, 1), rows->Text(i, 2), rows->Int(i, 3), true}), *name)
              .SerializeAsString());
      bytes += page.tools.back().size();
      read += static_cast<int64_t>(rows->Text(i, 1).size());
    }
    if (rows->rows() < wanted && read < kChunkBytes) {
      ++name;
      place.name_key.clear();
    }
  }
  page.last.reset();
  return page;
}

}  // namespace toolcatalog
