// Measures the profile cache with many profiles: invalidation, full reloads under reads, lists and hits.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/rpc/profile_reply.h"
#include "tests/bench/distribution.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::Duration kTimeToLive = absl::Minutes(5);
constexpr int kReaders = 2;

struct Settings {
  int tools = 10000;
  int reloads = 10;
  std::string json;
};

std::string NameOf(int i) { return absl::StrCat("tool_", 100000 + i); }

v1::Tool MakeTool(int i, int64_t revision) {
  v1::Tool tool;
  tool.set_tool_name(NameOf(i));
  tool.set_version("1.0");
  tool.set_description(std::string(1500, 'd'));
  tool.set_platform(i % 3 == 0 ? "windows" : "linux");
  tool.set_category("system");
  tool.set_status("active");
  tool.set_enabled(true);
  tool.set_is_latest(true);
  tool.set_revision(revision);
  for (int j = 0; j < 3; ++j) {
    v1::Capability& capability = *tool.add_capabilities();
    capability.set_capability_name(absl::StrCat("capability_", (i + j) % 50));
    capability.set_description(std::string(100, 'c'));
  }
  (*tool.mutable_metadata()->mutable_fields())["tags"].set_string_value("one, two, three");
  return tool;
}

CatalogSnapshot MakeSnapshot(int tools, int64_t revision) {
  CatalogSnapshot snapshot;
  v1::Snapshot part;
  for (int i = 0; i < tools; ++i) {
    *part.add_tools() = MakeTool(i, revision);
    part.add_content_hashes(absl::StrCat("hash of ", i, " at ", revision));
  }
  snapshot.Add(part);
  snapshot.position.revision = revision;
  return snapshot;
}

// Calls `work` with 0, 1, 2, ... and measures each call.
Json Measure(int count, const std::function<void(int)>& work) {
  std::vector<double> values_ms;
  for (int i = 0; i < count; ++i) {
    const SteadyTime start = SteadyTime::Now();
    work(i);
    values_ms.push_back(absl::ToDoubleMilliseconds(SteadyTime::Now() - start));
  }
  return Distribution(std::move(values_ms), 99);
}

// Reads one profile after the other until told to stop.
class Reader {
 public:
  Reader(const ProfileCache* cache, int tools, const std::atomic<bool>* stop)
      : thread_([this, cache, tools, stop] {
          for (int i = 0; !*stop; i = (i + 7919) % tools) Read(*cache, NameOf(i));
        }) {}
  void Join() { thread_.join(); }

  int64_t reads = 0;
  int64_t failed = 0;
  absl::Duration slowest;

 private:
  void Read(const ProfileCache& cache, const std::string& key) {
    const SteadyTime start = SteadyTime::Now();
    const ProfileCache::Reading reading = cache.Get(key);
    const bool found = reading.freshness.loaded && reading.entry != nullptr && reading.entry->has_profile();
    if (!found || EncodeProfile(reading, {start, kTimeToLive}).Length() < 1500) ++failed;
    ++reads;
    slowest = std::max(slowest, SteadyTime::Now() - start);
  }

  std::thread thread_;
};

Json MeasureReloads(ProfileCache* cache, const Settings& settings) {
  std::atomic<bool> stop{false};
  std::vector<double> values_ms, swaps_ms;
  int64_t reads = 0, failed = 0;
  absl::Duration slowest;
  std::vector<CatalogSnapshot> snapshots;
  for (int i = 0; i < settings.reloads; ++i) snapshots.push_back(MakeSnapshot(settings.tools, 10 + i));
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < kReaders; ++i) readers.push_back(std::make_unique<Reader>(cache, settings.tools, &stop));
  for (CatalogSnapshot& snapshot : snapshots) {
    const ReloadBatch batch = std::move(snapshot);
    const SteadyTime start = SteadyTime::Now();
    const ApplyOutcome outcome = cache->Apply(batch);
    values_ms.push_back(absl::ToDoubleMilliseconds(SteadyTime::Now() - start));
    swaps_ms.push_back(absl::ToDoubleMilliseconds(outcome.swap));
    if (outcome.changed != settings.tools) ++failed;
  }
  stop = true;
  for (auto& reader : readers) {
    reader->Join();
    reads += reader->reads;
    failed += reader->failed;
    slowest = std::max(slowest, reader->slowest);
  }
  Json result = Distribution(std::move(values_ms), 99);
  result["swap"] = Distribution(std::move(swaps_ms), 99);
  result["reads"] = reads;
  result["failed_reads"] = failed;
  result["slowest_read_ms"] = absl::ToDoubleMilliseconds(slowest);
  return result;
}

void PrintRow(const char* what, const Json& row) {
  std::printf("%-24s %8d  p50 %9.4f ms  p99 %9.4f ms  max %9.4f ms\n", what, row["count"].get<int>(),
              row["p50_ms"].get<double>(), row["p99_ms"].get<double>(), row["max_ms"].get<double>());
}

int Run(const Settings& settings) {
  ProfileCache cache;
  cache.Apply(MakeSnapshot(settings.tools, 5));
  int64_t marked = 0, empty = 0;
  ProfileFilter filter;
  filter.capabilities = {"capability_7"};
  Json figures;
  figures["tools"] = settings.tools;
  figures["get_profile_hit"] = Measure(settings.tools, [&](int i) {
    empty += EncodeProfile(cache.Get(NameOf(i)), {SteadyTime::Now(), kTimeToLive}).Length() < 1500;
  });
  figures["filtered_list"] = Measure(500, [&](int) {
    EncodePage(cache.List("", 50, filter), "", {SteadyTime::Now(), kTimeToLive});
  });
  figures["list"] = Measure(500, [&](int) { EncodePage(cache.List("", 50), "", {SteadyTime::Now(), kTimeToLive}); });
  figures["invalidate_one"] = Measure(settings.tools, [&](int i) { marked += cache.Invalidate(NameOf(i)); });
  figures["invalidate_all"] = Measure(1000, [&](int) { marked += cache.Invalidate(""); });
  figures["full_reload"] = MeasureReloads(&cache, settings);
  const Json& reload = figures["full_reload"];
  std::printf("%d profiles, %d readers while reloading\n", settings.tools, kReaders);
  for (const char* what :
       {"get_profile_hit", "filtered_list", "list", "invalidate_one", "invalidate_all", "full_reload"}) {
    PrintRow(what, figures[what]);
  }
  PrintRow("  of it with the lock", reload["swap"]);
  std::printf("reads meanwhile %lld, failed %lld, slowest %.3f ms\n", reload["reads"].get<long long>(),
              reload["failed_reads"].get<long long>(), reload["slowest_read_ms"].get<double>());
  if (!settings.json.empty()) std::ofstream(settings.json) << figures.dump(2) << "\n";
  const bool right = empty == 0 && marked == 1001 * int64_t{settings.tools} && reload["failed_reads"] == 0;
  if (!right) std::fprintf(stderr, "counts or reads were wrong\n");
  return right ? 0 : 1;
}

}  // namespace
}  // namespace toolcatalog

int main(int argc, char** argv) {
  toolcatalog::Settings settings;
  CLI::App app("Measures the profile cache.", "reload_bench");
  app.add_option("--tools", settings.tools, "Profiles in the cache")->check(CLI::Range(100, 1000000));
  app.add_option("--reloads", settings.reloads, "Full reloads")->check(CLI::Range(1, 1000));
  app.add_option("--json", settings.json, "File for the figures");
  CLI11_PARSE(app, argc, argv);
  return toolcatalog::Run(settings);
}
