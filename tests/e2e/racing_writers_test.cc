// Sixteen writers on two catalogs of one database, on the same tools in opposite orders.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr int kThreads = 16;
constexpr int kTools = 12;
// Few imports may wait at a catalog, because each may be large; more are refused.
constexpr int kImportingThreads = 8;
constexpr absl::Duration kRace = absl::Seconds(10);
// What one writer may do to another: change the tool first, create it first, delete it first.
const absl::StatusCode kConflicts[] = {absl::StatusCode::kAborted, absl::StatusCode::kAlreadyExists,
                                       absl::StatusCode::kNotFound};

class RacingWritersTest : public EndToEndFixture {
 protected:
  // The thread's catalog.
  v1::CatalogService::Stub& CatalogOf(int thread) { return catalog(thread % 2); }

  // The tool that a thread is at: odd threads go backwards.
  static std::string NameAt(int thread, int count) {
    const int step = count % kTools;
    return ToolNames(kTools)[thread / 2 % 2 == 0 ? step : kTools - 1 - step];
  }

  absl::Status UpdateOnCondition(int thread, const std::string& name, const std::string& marker) {
    const auto read = Get(CatalogOf(thread), name);
    if (!read.ok()) return absl::CancelledError("nothing was tried");
    v1::Tool fields;
    fields.set_tool_name(name);
    fields.set_description(marker);
    fields.set_etag(read->tool().etag());
    return Update(CatalogOf(thread), fields, marker).status();
  }

  absl::Status ImportTwo(int thread, const std::string& name, const std::string& other, const std::string& marker) {
    const std::string yaml = absl::StrCat("tools:\n- {tool_name: ", name, ", description: ", marker,
                                          ", platform: linux, category: system}\n- {tool_name: ", other,
                                          ", description: ", marker, ", platform: linux, category: system}\n");
    const auto response = Import(CatalogOf(thread), yaml, true, marker);
    if (!response.ok()) return response.status();
    return response->imported_count() == 2 ? absl::OkStatus() : absl::CancelledError("part of it was tried");
  }

  absl::Status Act(int thread, int count, const std::string& marker) {
    const std::string name = NameAt(thread, count), other = NameAt(thread, count + 1);
    v1::CatalogService::Stub& stub = CatalogOf(thread);
    switch ((count / kTools + thread + count) % 6) {
      case 0:
        return Create(stub, SampleTool(name, absl::StrCat(count % 5, ".0")), marker).status();
      case 1:
        return Delete(stub, name, absl::StrCat(count % 5, ".0"), marker).status();
      case 2:
        return UpdateOnCondition(thread, name, marker);
      case 3:
        if (thread < kImportingThreads) return ImportTwo(thread, name, other, marker);
        return Describe(stub, name, marker, marker).status();
      case 4:
        return count % 60 == 4 ? Delete(stub, name, "", marker).status()
                               : Describe(stub, name, marker, marker).status();
      default:
        return Describe(stub, name, marker, marker).status();
    }
  }

  static bool IsConflict(const absl::Status& status) {
    return std::find(std::begin(kConflicts), std::end(kConflicts), status.code()) != std::end(kConflicts);
  }
};

TEST_F(RacingWritersTest, OnlyConflictsAndAllGuaranteesHold) {
  Start(2, {0, 1});
  CreateTools(ToolNames(kTools));
  auto first = Record({0}), second = Record({1}), changing = Record({0, 1});
  MarkedWriters writers(kThreads, 1000000, [this](int thread, int count, const std::string& marker) {
    return Act(thread, count, marker);
  });
  EXPECT_FALSE(writers.AwaitSuccesses(1000000, kRace)) << "the writers ended early";
  writers.Stop();

  std::vector<MarkedWriters::Outcome> outcomes = writers.outcomes();
  outcomes.erase(std::remove_if(outcomes.begin(), outcomes.end(),
                                [](const auto& outcome) { return absl::IsCancelled(outcome.status); }),
                 outcomes.end());
  for (const MarkedWriters::Outcome& outcome : outcomes) {
    EXPECT_TRUE(outcome.status.ok() || IsConflict(outcome.status)) << outcome.marker << ": " << Explain(outcome.status);
  }
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(CheckOutcomes(outcomes, *log, Failures::kMustBeTold), testing::IsEmpty());
  std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(outcomes)) << "\n";
  EXPECT_GT(writers.successes(), 1000);
  ExpectGuarantees({first.get(), second.get(), changing.get()});
  ExpectOneLatestInDatabase();
  for (int service : {0, 1}) EXPECT_EQ(AwaitEqualProfiles(catalog(service), reload(service)), "");
  EXPECT_EQ(services().catalog_process(0).process().LastLines(100000).find("40P01"), std::string::npos);
  EXPECT_EQ(services().catalog_process(1).process().LastLines(100000).find("40P01"), std::string::npos);
}

TEST_F(RacingWritersTest, ImportsBeyondTheBoundAreRefusedAndNotExecuted) {
  Start(2, {});
  MarkedWriters writers(kThreads, 20, [this](int thread, int count, const std::string& marker) {
    return ImportTwo(0, NameAt(thread, count), NameAt(thread, count + 1), marker);
  });
  writers.Finish();
  const std::vector<MarkedWriters::Outcome> outcomes = writers.outcomes();
  for (const MarkedWriters::Outcome& outcome : outcomes) {
    EXPECT_TRUE(outcome.status.ok() || absl::IsResourceExhausted(outcome.status)) << Explain(outcome.status);
  }
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(CheckOutcomes(outcomes, *log, Failures::kMustBeTold), testing::IsEmpty());
  std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(outcomes)) << "\n";
}

}  // namespace
}  // namespace toolcatalog
