// Measures a catalog's reads: lists, searches, capabilities. Fills a throwaway one with many tools through imports,
// unless it is given another.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/distribution.h"
#include "tests/bench/filled_catalog.h"
#include "tests/bench/read_calls.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/service_fixture.h"

namespace toolcatalog {
namespace {

using Json = nlohmann::ordered_json;

struct Settings {
  int tools = 100000;
  int calls = 200;
  std::string database;
  std::string only;
  std::string json;
};

Json Measure(const ReadCall& one, int calls) {
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
  figures.update(Distribution(times_ms, 95));
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

absl::StatusOr<Json> MeasureAll(const Settings& settings) {
  absl::StatusOr<FilledCatalog> filled = FilledCatalog{nullptr, settings.database, {}};
  if (settings.database.empty()) filled = FillCatalog(settings.tools);
  if (!filled.ok()) return filled.status();
  auto services = ServiceFixture::Start({{filled->conninfo}, {}, "", ""});
  if (!services.ok()) return services.status();
  const auto calls = ReadCalls((*services)->catalog());
  if (!calls.ok()) return calls.status();
  Json cases = Json::array();
  for (const ReadCall& one : *calls) {
    if (one.name.find(settings.only) == std::string::npos) continue;
    Measure(one, 10);
    cases.push_back(Measure(one, settings.calls));
    PrintRow(cases.back());
    std::fflush(stdout);
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
