#include "tests/bench/filled_catalog.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/distribution.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/service_fixture.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using Json = nlohmann::ordered_json;
using Catalog = v1::CatalogService::Stub;

constexpr char kDatabase[] = "bench";
constexpr int kToolsAnImport = 500;

// The tools of the real definition files, or a sample.
absl::StatusOr<std::vector<v1::Tool>> Originals(Catalog& catalog) {
  const auto files = ReadDefinitionFiles();
  if (!files.ok()) return std::vector<v1::Tool>{SampleTool("sample")};
  const auto imported = Import(catalog, JoinDocuments(*files), false);
  if (!imported.ok()) return imported.status();
  const auto tools = LatestTools(catalog);
  if (!tools.ok()) return tools.status();
  std::vector<v1::Tool> originals;
  for (const auto& [name, tool] : *tools) originals.push_back(tool);
  return originals;
}

// A tool like the original under another name, with some words that few others have.
v1::Tool Variant(v1::Tool tool, int number, std::mt19937& random) {
  std::string word;
  for (int i = 0; i < 6; ++i) word.push_back(static_cast<char>('a' + random() % 26));
  tool.set_tool_name(absl::StrCat(tool.tool_name().substr(0, 60), "_", word, number));
  absl::StrAppend(tool.mutable_description(), " Team w", random() % 50000, ", project w", random() % 50000, ".");
  tool.set_description(tool.description().substr(0, 4000));
  for (const char* field : {"revision", "etag", "is_latest", "created_at", "updated_at"}) {
    tool.GetReflection()->ClearField(&tool, tool.GetDescriptor()->FindFieldByName(field));
  }
  return tool;
}

absl::StatusOr<Json> Fill(Catalog& catalog, int count) {
  const auto originals = Originals(catalog);
  if (!originals.ok()) return originals.status();
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::mt19937 random(1);
  std::vector<double> imports_ms;
  int stored = 0;
  for (int done = 0; done < count; done += kToolsAnImport) {
    std::string yaml;
    for (int i = done; i < std::min(count, done + kToolsAnImport); ++i) {
      std::string json;
      const v1::Tool tool = Variant((*originals)[i % originals->size()], i, random);
      if (!google::protobuf::util::MessageToJsonString(tool, &json, options).ok()) continue;
      absl::StrAppend(&yaml, "---\n", json, "\n");
    }
    const absl::Time begin = absl::Now();
    const auto imported = Import(catalog, yaml, false);
    if (!imported.ok()) return imported.status();
    imports_ms.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    stored += imported->imported_count();
    if (imported->failed_count() > 0) return absl::InternalError(imported->errors(0).ShortDebugString());
  }
  return Json{{"originals", originals->size()},
              {"stored", stored},
              {"tools_an_import", kToolsAnImport},
              {"import", Distribution(imports_ms, 95)}};
}

}  // namespace

absl::StatusOr<FilledCatalog> FillCatalog(int tools) {
  FilledCatalog filled;
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFull);
  if (!cluster.ok()) return cluster.status();
  filled.cluster = *std::move(cluster);
  auto conninfo = filled.cluster->CreateDatabase(kDatabase);
  if (!conninfo.ok()) return conninfo.status();
  filled.conninfo = *conninfo;
  auto services = ServiceFixture::Start({{*conninfo}, {}, "", ""});
  if (!services.ok()) return services.status();
  auto figures = Fill((*services)->catalog(), tools);
  if (!figures.ok()) return figures.status();
  filled.figures = *figures;
  std::printf("%d tools like %d, %d an import: p50 %.0f ms, p95 %.0f ms\n", filled.figures["stored"].get<int>(),
              filled.figures["originals"].get<int>(), kToolsAnImport, filled.figures["import"]["p50_ms"].get<double>(),
              filled.figures["import"]["p95_ms"].get<double>());
  // As the server's own autovacuum does in time.
  if (auto vacuum = filled.cluster->Query(kDatabase, "vacuum analyze"); !vacuum.ok()) return vacuum.status();
  return filled;
}

}  // namespace toolcatalog
