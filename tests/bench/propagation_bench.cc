// Starts catalog and reload service on a throwaway database and measures what users feel: an import, the way of an edit
// into its profile, and profile reads.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/distribution.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/child_process.h"
#include "tests/support/definitions.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/service_fixture.h"
#include "toolcatalog/v1/profile.pb.h"

namespace toolcatalog {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kProfileBench[] = "tests/bench/profile_bench";
constexpr int kSampleTools = 141;
constexpr absl::Duration kPatience = absl::Seconds(20);

struct Settings {
  int seconds = 20;
  int updates_per_second = 100;
  std::string json;
};

// The real definition files, or as many samples.
std::string Definitions(std::string* source) {
  const auto files = ReadDefinitionFiles();
  *source = files.ok() ? absl::StrCat(files->size(), " definition files") : absl::StrCat(kSampleTools, " sample tools");
  if (files.ok()) return JoinDocuments(*files);
  std::string yaml = "tools:\n";
  for (int i = 0; i < kSampleTools; ++i) {
    absl::StrAppend(&yaml, "- {tool_name: sample_", i,
                    ", description: \"a sample\", platform: linux, category: system}\n");
  }
  return yaml;
}

absl::StatusOr<Json> MeasureImport(v1::CatalogService::Stub& catalog) {
  std::string source;
  const std::string yaml = Definitions(&source);
  const absl::Time begin = absl::Now();
  const auto response = Import(catalog, yaml, false);
  if (!response.ok()) return response.status();
  return Json{{"source", source},
              {"bytes", yaml.size()},
              {"imported", response->imported_count()},
              {"failed", response->failed_count()},
              {"ms", absl::ToDoubleMilliseconds(absl::Now() - begin)}};
}

// Reads the profile until it is at `revision`, and answers when it was.
absl::StatusOr<absl::Time> AwaitProfile(v1::ReloadService::Stub& reload, const std::string& name, int64_t revision) {
  v1::GetProfileRequest request;
  request.set_tool_name(name);
  const absl::Time give_up = absl::Now() + kPatience;
  while (absl::Now() < give_up) {
    grpc::ClientContext context;
    v1::Profile profile;
    if (reload.GetProfile(&context, request, &profile).ok() && profile.tool().revision() >= revision)
      return absl::Now();
  }
  return absl::DeadlineExceededError(absl::StrCat("the profile of \"", name, "\" stays behind revision ", revision));
}

absl::StatusOr<Json> MeasurePropagation(ServiceFixture& services, const Settings& settings) {
  const auto profiles = Profiles(services.reload());
  if (!profiles.ok()) return profiles.status();
  std::vector<std::string> names;
  for (const auto& [name, profile] : *profiles) names.push_back(name);
  std::vector<double> updates_ms, propagations_ms;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < settings.seconds * settings.updates_per_second; ++i) {
    absl::SleepFor(begin + i * absl::Seconds(1) / settings.updates_per_second - absl::Now());
    const std::string& name = names[i % names.size()];
    const absl::Time sent = absl::Now();
    const auto updated = Describe(services.catalog(), name, absl::StrCat("edit ", i));
    const absl::Time committed = absl::Now();
    if (!updated.ok()) return updated.status();
    const auto served = AwaitProfile(services.reload(), name, updated->revision());
    if (!served.ok()) return served.status();
    updates_ms.push_back(absl::ToDoubleMilliseconds(committed - sent));
    propagations_ms.push_back(absl::ToDoubleMilliseconds(*served - committed));
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  return Json{{"updates_per_second", updates_ms.size() / seconds},
              {"update", Distribution(updates_ms, 99)},
              {"committed_to_served", Distribution(propagations_ms, 99)}};
}

absl::StatusOr<Json> MeasureProfileReads(ServiceFixture& services, const Settings& settings) {
  auto bench = ChildProcess::Start({"profile_bench",
                                    {kProfileBench, "--address", services.reload_process().address(), "--seconds",
                                     absl::StrCat(std::max(1, settings.seconds / 4))},
                                    {},
                                    ""});
  if (!bench.ok()) return bench.status();
  const absl::StatusOr<int> code = (*bench)->Wait(absl::Seconds(settings.seconds) + kPatience);
  if (!code.ok()) return code.status();
  const std::string line = (*bench)->LastLines(1);
  int profiles = 0, callers = 0;
  long long calls = 0, failures = 0;
  double rate = 0, p50 = 0, p99 = 0;
  const int read =
      std::sscanf(line.c_str(), "profiles %d callers %d calls %lld failures %lld calls/s %lf p50 %lf ms p99 %lf ms",
                  &profiles, &callers, &calls, &failures, &rate, &p50, &p99);
  if (*code != 0 || read != 7) return absl::InternalError(absl::StrCat("profile_bench failed: ", line));
  return Json{{"profiles", profiles},     {"callers", callers}, {"calls", calls},
              {"calls_per_second", rate}, {"p50_ms", p50},      {"p99_ms", p99}};
}

absl::StatusOr<Json> MeasureAll(const Settings& settings) {
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFull);
  if (!cluster.ok()) return cluster.status();
  auto conninfo = (*cluster)->CreateDatabase("bench");
  if (!conninfo.ok()) return conninfo.status();
  auto services = ServiceFixture::Start({{*conninfo}, {0}, "", ""});
  if (!services.ok()) return services.status();
  const auto import = MeasureImport((*services)->catalog());
  if (!import.ok()) return import.status();
  const std::string wrong = AwaitEqualProfiles((*services)->catalog(), (*services)->reload());
  if (!wrong.empty()) return absl::InternalError(wrong);
  const auto propagation = MeasurePropagation(**services, settings);
  if (!propagation.ok()) return propagation.status();
  const auto reads = MeasureProfileReads(**services, settings);
  if (!reads.ok()) return reads.status();
  return Json{{"time", absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone())},
              {"cpus", std::thread::hardware_concurrency()},
              {"import", *import},
              {"propagation", *propagation},
              {"profile_reads", *reads}};
}

void PrintRow(const std::string& what, const std::string& figure, const std::string& goal) {
  std::printf("%-44s %-40s %s\n", what.c_str(), figure.c_str(), goal.c_str());
}

std::string Figures(const Json& distribution) {
  char text[100];
  std::snprintf(text, sizeof(text), "p50 %.2f ms, p99 %.2f ms", distribution["p50_ms"].get<double>(),
                distribution["p99_ms"].get<double>());
  return text;
}

void PrintTable(const Json& result) {
  const Json& propagation = result["propagation"];
  PrintRow("what", "measured", "goal");
  PrintRow(absl::StrCat("import of ", result["import"]["source"].get<std::string>()),
           absl::StrCat(static_cast<int>(result["import"]["ms"].get<double>()), " ms"), "under 1 s");
  const int64_t rate = std::lround(propagation["updates_per_second"].get<double>());
  PrintRow(absl::StrCat("update, at ", rate, " a second"), Figures(propagation["update"]), "");
  PrintRow("update committed -> new profile served", Figures(propagation["committed_to_served"]),
           "p50 under 5 ms, p99 under 20 ms");
  PrintRow(absl::StrCat("profile reads, ", result["profile_reads"]["callers"].get<int>(), " callers"),
           absl::StrCat(static_cast<int>(result["profile_reads"]["calls_per_second"].get<double>()), " a second, ",
                        Figures(result["profile_reads"])),
           "15000 a second");
}

int Run(const Settings& settings) {
  const absl::StatusOr<Json> result = MeasureAll(settings);
  if (!result.ok()) {
    std::fprintf(stderr, "propagation_bench: %s\n", Explain(result.status()).c_str());
    return 1;
  }
  PrintTable(*result);
  if (settings.json.empty()) return 0;
  std::ofstream file(settings.json);
  file << result->dump(2) << "\n";
  return file.good() ? 0 : 1;
}

}  // namespace
}  // namespace toolcatalog

int main(int argc, char** argv) {
  toolcatalog::Settings settings;
  CLI::App app("Measures the whole pair on a throwaway database.", "propagation_bench");
  app.add_option("--seconds", settings.seconds, "How long to update")->check(CLI::Range(1, 3600));
  app.add_option("--updates-per-second", settings.updates_per_second, "How often")->check(CLI::Range(1, 1000));
  app.add_option("--json", settings.json, "File for the figures");
  CLI11_PARSE(app, argc, argv);
  return toolcatalog::Run(settings);
}
