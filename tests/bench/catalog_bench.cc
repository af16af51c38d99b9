// Measures a catalog's reads: lists, searches, capabilities. Fills a throwaway one with many tools through imports,
// unless it is given another.
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/service_fixture.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using Json = nlohmann::ordered_json;
using Catalog = v1::CatalogService::Stub;

constexpr char kDatabase[] = "bench";
constexpr int kToolsAnImport = 500;

struct Settings {
  int tools = 100000;
  int calls = 200;
  std::string database;
  std::string only;
  std::string json;
};

double Percentile(const std::vector<double>& sorted, int percent) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

Json Distribution(std::vector<double> values_ms) {
  std::sort(values_ms.begin(), values_ms.end());
  return {{"count", values_ms.size()},
          {"p50_ms", Percentile(values_ms, 50)},
          {"p95_ms", Percentile(values_ms, 95)},
          {"max_ms", values_ms.empty() ? 0 : values_ms.back()}};
}

// The tools of the shared definition files, or a sample.
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
              {"import", Distribution(imports_ms)}};
}

// One kind of call.
struct Case {
  std::string name;
  std::string goal;
  // The i-th call; how much it found.
  std::function<absl::StatusOr<int64_t>(int)> call;
};

template <typename Response, typename Request>
absl::StatusOr<Response> Call(Catalog& catalog,
                              grpc::Status (Catalog::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (catalog.*method)(&context, request, &response);
  if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  return response;
}

Case ListCase(Catalog& catalog, const std::string& name, v1::ListToolsRequest request, bool deep = false) {
  // A page from the middle of the names.
  if (deep) {
    v1::ListToolsRequest middle = request;
    middle.set_page_size(1000);
    for (int i = 0; i < 40; ++i) {
      const auto page = Call(catalog, &Catalog::ListTools, middle);
      if (!page.ok() || page->next_page_token().empty()) break;
      middle.set_page_token(page->next_page_token());
    }
    request.set_page_token(middle.page_token());
  }
  return {absl::StrCat("list, ", name), "", [&catalog, request](int) -> absl::StatusOr<int64_t> {
            const auto response = Call(catalog, &Catalog::ListTools, request);
            if (!response.ok()) return response.status();
            return response->total();
          }};
}

Case SearchCase(Catalog& catalog, const std::string& name, const std::string& q, const std::string& field = "") {
  v1::SearchToolsRequest request;
  request.set_q(q);
  if (!field.empty()) request.add_fields(field);
  return {absl::StrCat("search, ", name, " (", q, ")"), "p95 under 50 ms",
          [&catalog, request](int) -> absl::StatusOr<int64_t> {
            const auto response = Call(catalog, &Catalog::SearchTools, request);
            if (!response.ok()) return response.status();
            return response->total();
          }};
}

std::vector<Case> ListCases(Catalog& catalog, const std::string& common_capability) {
  std::vector<Case> cases;
  v1::ListToolsRequest request;
  cases.push_back(ListCase(catalog, "first page", request));
  cases.push_back(ListCase(catalog, "page after 40,000", request, true));
  request.set_page(1000);
  cases.push_back(ListCase(catalog, "page=1000", request));
  for (const char* order : {"tool_name desc", "revision", "revision desc", "updated_at desc"}) {
    v1::ListToolsRequest ordered;
    ordered.set_order_by(order);
    cases.push_back(ListCase(catalog, absl::StrCat("order ", order), ordered));
  }
  v1::ListToolsRequest filtered;
  filtered.set_platform("network");
  cases.push_back(ListCase(catalog, "platform", filtered));
  filtered.set_enabled(true);
  filtered.set_status("active");
  filtered.set_category("network");
  cases.push_back(ListCase(catalog, "platform, category, status, enabled", filtered));
  v1::ListToolsRequest none;
  none.set_status("draft");
  cases.push_back(ListCase(catalog, "status that none has", none));
  v1::ListToolsRequest capability;
  capability.set_capability(common_capability);
  cases.push_back(ListCase(catalog, "capability", capability));
  capability.set_order_by("revision desc");
  cases.push_back(ListCase(catalog, "capability, order revision desc", capability));
  v1::ListToolsRequest tag;
  tag.set_tag("network");
  cases.push_back(ListCase(catalog, "tag", tag));
  return cases;
}

std::vector<Case> SearchCases(Catalog& catalog, const std::string& some_name) {
  std::vector<Case> cases;
  cases.push_back(SearchCase(catalog, "exact name", some_name));
  cases.push_back(SearchCase(catalog, "rare word", "w4711"));
  cases.push_back(SearchCase(catalog, "word", "docker"));
  cases.push_back(SearchCase(catalog, "common word", "monitoring"));
  cases.push_back(SearchCase(catalog, "word of nearly all", "project"));
  cases.push_back(SearchCase(catalog, "two words", "network monitoring"));
  cases.push_back(SearchCase(catalog, "three words", "linux system command"));
  cases.push_back(SearchCase(catalog, "prefix of 3", "kub"));
  cases.push_back(SearchCase(catalog, "prefix of 2", "co"));
  cases.push_back(SearchCase(catalog, "typo", "dokcer"));
  cases.push_back(SearchCase(catalog, "two typos", "kuberntse"));
  cases.push_back(SearchCase(catalog, "no such word", "xyzzyplugh"));
  cases.push_back(SearchCase(catalog, "name only", "network", "name"));
  cases.push_back(SearchCase(catalog, "tags only", "network", "tags"));
  return cases;
}

std::vector<Case> OtherCases(Catalog& catalog, const std::vector<std::string>& names,
                             const std::string& common_capability) {
  std::vector<Case> cases;
  cases.push_back({"get", "", [&catalog, names](int i) -> absl::StatusOr<int64_t> {
                     const auto response = Get(catalog, names[i % names.size()]);
                     if (!response.ok()) return response.status();
                     return 1;
                   }});
  cases.push_back({"capabilities, first page", "", [&catalog](int) -> absl::StatusOr<int64_t> {
                     const auto response = Call(catalog, &Catalog::ListCapabilities, v1::ListCapabilitiesRequest());
                     if (!response.ok()) return response.status();
                     return response->total();
                   }});
  cases.push_back({"tools of a capability", "", [&catalog, common_capability](int) -> absl::StatusOr<int64_t> {
                     v1::ListCapabilityToolsRequest request;
                     request.set_capability_name(common_capability);
                     const auto response = Call(catalog, &Catalog::ListCapabilityTools, request);
                     if (!response.ok()) return response.status();
                     return response->total();
                   }});
  cases.push_back({"history of a tool", "", [&catalog, names](int i) -> absl::StatusOr<int64_t> {
                     v1::ListToolHistoryRequest request;
                     request.set_tool_name(names[i % names.size()]);
                     const auto response = Call(catalog, &Catalog::ListToolHistory, request);
                     if (!response.ok()) return response.status();
                     return response->history_size();
                   }});
  return cases;
}

// The capability on the first page that most tools have.
absl::StatusOr<std::string> CommonCapability(Catalog& catalog) {
  const auto page = Call(catalog, &Catalog::ListCapabilities, v1::ListCapabilitiesRequest());
  if (!page.ok()) return page.status();
  const auto most = std::max_element(page->capabilities().begin(), page->capabilities().end(),
                                     [](const auto& a, const auto& b) { return a.tool_count() < b.tool_count(); });
  return most == page->capabilities().end() ? "" : most->capability_name();
}

Json Measure(const Case& one, int calls) {
  std::vector<double> times_ms;
  int64_t found = 0;
  for (int i = 0; i < calls; ++i) {
    const absl::Time begin = absl::Now();
    const auto result = one.call(i);
    times_ms.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    if (!result.ok()) return {{"name", one.name}, {"error", result.status().ToString()}};
    found = *result;
  }
  Json figures = {{"name", one.name}, {"found", found}, {"goal", one.goal}};
  figures.update(Distribution(times_ms));
  return figures;
}

void PrintRow(const Json& figures) {
  const std::string name = figures["name"];
  if (figures.contains("error")) {
    std::printf("%-48s %s\n", name.c_str(), figures["error"].get<std::string>().c_str());
    return;
  }
  std::printf("%-48s %8lld found   p50 %8.2f ms   p95 %8.2f ms   %s\n", name.c_str(),
              static_cast<long long>(figures["found"].get<int64_t>()), figures["p50_ms"].get<double>(),
              figures["p95_ms"].get<double>(), figures["goal"].get<std::string>().c_str());
}

// A throwaway catalog with many tools.
struct Filled {
  std::unique_ptr<PostgresCluster> cluster;
  std::string conninfo;
  Json figures;
};

absl::StatusOr<Filled> MakeCatalog(int tools) {
  Filled filled;
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

absl::StatusOr<Json> MeasureAll(const Settings& settings) {
  absl::StatusOr<Filled> filled = Filled{nullptr, settings.database, {}};
  if (settings.database.empty()) filled = MakeCatalog(settings.tools);
  if (!filled.ok()) return filled.status();
  auto services = ServiceFixture::Start({{filled->conninfo}, {}, "", ""});
  if (!services.ok()) return services.status();
  Catalog& catalog = (*services)->catalog();
  v1::ListToolsRequest some;
  some.set_page_size(1000);
  const auto listed = Call(catalog, &Catalog::ListTools, some);
  if (!listed.ok()) return listed.status();
  std::vector<std::string> names;
  for (const v1::Tool& tool : listed->tools()) names.push_back(tool.tool_name());
  const auto capability = CommonCapability(catalog);
  if (!capability.ok()) return capability.status();
  Json cases = Json::array();
  for (const auto& list : {OtherCases(catalog, names, *capability), ListCases(catalog, *capability),
                           SearchCases(catalog, names[names.size() / 2])}) {
    for (const Case& one : list) {
      if (one.name.find(settings.only) == std::string::npos) continue;
      Measure(one, 10);
      cases.push_back(Measure(one, settings.calls));
      PrintRow(cases.back());
      std::fflush(stdout);
    }
  }
  return Json{{"time", absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone())},
              {"cpus", std::thread::hardware_concurrency()},
              {"fill", filled->figures},
              {"cases", cases}};
}

int Run(const Settings& settings) {
  const absl::StatusOr<Json> result = MeasureAll(settings);
  if (!result.ok()) {
    std::fprintf(stderr, "catalog_bench: %s\n", Explain(result.status()).c_str());
    return 1;
  }
  if (settings.json.empty()) return 0;
  std::ofstream file(settings.json);
  file << result->dump(2) << "\n";
  return file.good() ? 0 : 1;
}

}  // namespace
}  // namespace toolcatalog

int main(int argc, char** argv) {
  toolcatalog::Settings settings;
  CLI::App app("Measures the catalog's reads on many tools in a throwaway database.", "catalog_bench");
  app.add_option("--tools", settings.tools, "How many")->check(CLI::Range(1000, 1000000));
  app.add_option("--calls", settings.calls, "Calls of each kind")->check(CLI::Range(1, 100000));
  app.add_option("--database", settings.database, "Connection string of a filled catalog to measure instead");
  app.add_option("--only", settings.only, "Measure only the calls with this in their name");
  app.add_option("--json", settings.json, "File for the figures");
  CLI11_PARSE(app, argc, argv);
  return toolcatalog::Run(settings);
}
