// Random writes of every kind from eight writers on two catalog processes, against a model: what each did, what is
// there at the end, what was there at any time, the history, the totals and the watch streams must agree.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/e2e/random_writer.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/catalog_model.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr int kWriters = 8;
constexpr int kPastReads = 300;

uint64_t seed = 20260101;
int writes_each = 150;

class ModelTest : public EndToEndFixture {
 protected:
  void RunWriters() {
    std::vector<RandomWriter> writers;
    for (int i = 0; i < kWriters; ++i) writers.emplace_back(i, seed, catalog(i % 2));
    std::vector<std::thread> threads;
    for (RandomWriter& writer : writers) threads.emplace_back([&writer] { writer.Run(writes_each); });
    for (std::thread& thread : threads) thread.join();
    for (const RandomWriter& writer : writers) attempts_.insert(writer.attempts().begin(), writer.attempts().end());
  }

  // What the catalog may answer to writes that race.
  static bool IsExpected(const absl::Status& status) {
    return status.ok() || absl::IsNotFound(status) || absl::IsAlreadyExists(status) ||
           absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status);
  }

  // Repeats the log in the model; every change must be the one that the model makes.
  void ReplayLog() {
    const auto log = Changes(catalog());
    ASSERT_THAT(log, IsOk());
    for (size_t begin = 0, end = 0; begin < log->size(); begin = end) {
      const v1::Change& first = (*log)[begin];
      auto attempt = attempts_.find(first.request_id());
      ASSERT_NE(attempt, attempts_.end()) << first.ShortDebugString();
      EXPECT_TRUE(attempt->second.status.ok()) << attempt->second.status << " but in the log: " << first.revision();
      CatalogModel::Changes expected = model_.Apply(first.revision(), attempt->second.write);
      for (end = begin; end < log->size() && (*log)[end].revision() == first.revision(); ++end) {
        ExpectChange((*log)[end], expected);
        expected.erase((*log)[end].version());
      }
      EXPECT_TRUE(expected.empty()) << "revision " << first.revision() << " lacks " << expected.begin()->first;
      EXPECT_TRUE(applied_.insert(first.request_id()).second) << first.request_id() << " was applied twice";
    }
    log_ = *log;
  }

  static void ExpectChange(const v1::Change& change, const CatalogModel::Changes& expected) {
    auto found = expected.find(change.version());
    ASSERT_NE(found, expected.end()) << "unexpected: " << change.ShortDebugString();
    EXPECT_EQ(change.kind(), found->second.kind) << change.ShortDebugString();
    EXPECT_EQ(change.is_latest(), found->second.is_latest) << change.ShortDebugString();
    ASSERT_EQ(change.has_tool(), found->second.after.has_value()) << change.ShortDebugString();
    if (change.has_tool()) ExpectVersion(change.tool(), *found->second.after, found->second.is_latest);
  }

  static void ExpectVersion(const v1::Tool& tool, const CatalogModel::Version& version, bool is_latest) {
    EXPECT_EQ(tool.description(), version.description);
    EXPECT_EQ(tool.enabled(), version.enabled);
    EXPECT_EQ(tool.created_by(), version.created_by);
    EXPECT_EQ(tool.is_latest(), is_latest);
  }

  // What is there at the end: contents, order, latest, etags, totals.
  void ExpectContents(int service) {
    const auto latest = LatestTools(catalog(service));
    ASSERT_THAT(latest, IsOk());
    EXPECT_EQ(latest->size(), model_.tools().size());
    v1::ListToolsResponse list;
    grpc::ClientContext context;
    ASSERT_TRUE(catalog(service).ListTools(&context, v1::ListToolsRequest(), &list).ok());
    EXPECT_EQ(list.total(), static_cast<int>(model_.tools().size()));
    for (const auto& [name, tool] : model_.tools()) {
      const auto versions = ListVersions(catalog(service), name);
      ASSERT_THAT(versions, IsOk());
      ASSERT_EQ(versions->versions_size(), static_cast<int>(tool.versions.size())) << name;
      std::pair<int64_t, int> before = {std::numeric_limits<int64_t>::max(), 0};
      for (const v1::Tool& version : versions->versions()) {
        ASSERT_EQ(tool.versions.count(version.version()), 1u) << name << " " << version.version();
        const CatalogModel::Version& expected = tool.versions.at(version.version());
        ExpectVersion(version, expected, tool.latest == version.version());
        EXPECT_LT(expected.created, before) << name << ": the version created last comes first";
        before = expected.created;
        const auto read = Get(catalog(service), name, version.version());
        ASSERT_THAT(read, IsOk());
        EXPECT_EQ(read->tool().etag(), version.etag());
      }
      EXPECT_EQ(latest->at(name).version(), tool.latest);
    }
  }

  // The history of each tool is its part of the log, newest first.
  void ExpectHistory() {
    for (int number = 0; number < RandomWriter::kNames; ++number) {
      std::vector<std::string> expected, found;
      for (auto change = log_.rbegin(); change != log_.rend(); ++change) {
        if (change->tool_name() != RandomWriter::NameOf(number)) continue;
        expected.push_back(absl::StrCat(change->revision(), " ", change->kind(), " ", change->version()));
      }
      v1::ListToolHistoryRequest request;
      request.set_tool_name(RandomWriter::NameOf(number));
      request.set_page_size(37);
      v1::ListToolHistoryResponse page;
      do {
        grpc::ClientContext context;
        request.set_page_token(page.next_page_token());
        page.Clear();
        ASSERT_TRUE(catalog().ListToolHistory(&context, request, &page).ok());
        for (const v1::HistoryEntry& entry : page.history()) {
          found.push_back(absl::StrCat(entry.revision(), " ", entry.kind(), " ", entry.version()));
        }
      } while (!page.next_page_token().empty());
      EXPECT_EQ(found, expected) << RandomWriter::NameOf(number);
    }
  }

  // Any tool at any time reads as the model had it.
  void ExpectPast() {
    std::mt19937_64 random(seed);
    const int64_t last = log_.back().revision();
    for (int i = 0; i < kPastReads; ++i) {
      const std::string name = RandomWriter::NameOf(static_cast<int>(random() % RandomWriter::kNames));
      const int64_t revision = static_cast<int64_t>(random() % (last + 1));
      v1::GetToolRequest request;
      request.set_tool_name(name);
      request.set_revision(revision);
      v1::GetToolResponse response;
      grpc::ClientContext context;
      const grpc::Status status = catalog(i % 2).GetTool(&context, request, &response);
      const CatalogModel::Tool* tool = model_.At(name, revision);
      if (tool == nullptr) {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << name << " at " << revision;
        continue;
      }
      ASSERT_TRUE(status.ok()) << name << " at " << revision << ": " << status.error_message();
      EXPECT_EQ(response.tool().version(), tool->latest) << name << " at " << revision;
      EXPECT_EQ(response.as_of_revision(), revision);
      ExpectVersion(response.tool(), tool->versions.at(tool->latest), true);
    }
  }

  std::map<std::string, RandomWriter::Attempt> attempts_;
  std::set<std::string> applied_;
  std::vector<v1::Change> log_;
  CatalogModel model_;
};

TEST_F(ModelTest, TheCatalogDoesWhatTheModelDoes) {
  std::cout << "seed " << seed << ", " << writes_each << " writes by each of " << kWriters << "\n";
  Start(2, {});
  auto first = Record({0}), second = Record({1}), changing = Record({0, 1});
  RunWriters();
  std::map<std::string, int> counts;
  for (const auto& [id, attempt] : attempts_) {
    EXPECT_TRUE(IsExpected(attempt.status)) << id << ": " << Explain(attempt.status);
    ++counts[absl::StrCat(attempt.write.kind, " ", absl::StatusCodeToString(attempt.status.code()))];
  }
  std::cout << testing::PrintToString(counts) << "\n";
  ReplayLog();
  ASSERT_FALSE(log_.empty());
  for (int service : {0, 1}) ExpectContents(service);
  ExpectHistory();
  ExpectPast();
  ExpectGuarantees({first.get(), second.get(), changing.get()});
  ExpectOneLatestInDatabase();
}

}  // namespace
}  // namespace toolcatalog

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  CLI::App app("Random writes against a model of the catalog.");
  std::string seed_text;
  app.add_option("--seed", seed_text, "a number, or random (default: always the same)");
  app.add_option("--writes", toolcatalog::writes_each, "writes by each writer")->check(CLI::Range(1, 100000));
  CLI11_PARSE(app, argc, argv);
  if (seed_text == "random") {
    toolcatalog::seed = std::random_device()();
  } else if (!seed_text.empty()) {
    toolcatalog::seed = std::stoull(seed_text);
  }
  return RUN_ALL_TESTS();
}
