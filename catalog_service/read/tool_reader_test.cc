#include "catalog_service/read/tool_reader.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;

class ToolReaderTest : public StoreFixture {
 protected:
  static v1::Tool Parse(const std::string& encoded) {
    v1::Tool tool;
    tool.ParseFromString(encoded);
    return tool;
  }
  static std::vector<std::string> Names(const ToolReader::Page& page) {
    std::vector<std::string> names;
    for (const std::string& tool : page.tools) names.push_back(Parse(tool).tool_name());
    return names;
  }
  absl::StatusOr<ToolReader::Page> List(const ToolReader::Filter& filter, const std::optional<ToolReader::Place>& after,
                                        int limit) {
    return reader_->List(filter, ToolReader::Order::kName, after, 0, limit, 3 << 20, hold_);
  }
};

TEST_F(ToolReaderTest, WhatWasCreatedIsReadBackWhole) {
  auto created = Create("Grep");
  ASSERT_THAT(created, IsOk());
  auto read = reader_->Get("grep", "");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(SerializeDeterministically(read->tool()), SerializeDeterministically(created->tool));
  EXPECT_EQ(read->as_of_revision(), 1);
  EXPECT_EQ(read->content_hash().size(), 64u);
  EXPECT_THAT(reader_->Get("grep", "1.0"), IsOk());
}

TEST_F(ToolReaderTest, WhatDoesNotExistIsNotFoundAsOfARevision) {
  ASSERT_THAT(Create("grep"), IsOk());
  for (const auto& [name, version] : std::vector<std::pair<std::string, std::string>>{{"sed", ""}, {"grep", "2.0"}}) {
    const absl::Status status = reader_->Get(name, version).status();
    EXPECT_THAT(status, HasCode(absl::StatusCode::kNotFound));
    EXPECT_EQ(ErrorMetadata(status, "as_of_revision"), "1");
  }
}

TEST_F(ToolReaderTest, VersionsComeNewestFirst) {
  for (const char* version : {"1.0", "3.0", "2.0"}) ASSERT_THAT(Create("grep", version), IsOk());
  auto tool = reader_->ListVersions("grep", hold_);
  ASSERT_THAT(tool, IsOk());
  ASSERT_EQ(tool->versions.size(), 3u);
  EXPECT_EQ(tool->versions[0].version, "2.0");
  const v1::Tool newest = Parse(tool->versions[0].encoded), oldest = Parse(tool->versions[2].encoded);
  EXPECT_EQ(newest.version(), "2.0");
  EXPECT_TRUE(newest.is_latest());
  EXPECT_EQ(oldest.version(), "1.0");
  EXPECT_FALSE(oldest.is_latest());
  EXPECT_THAT(reader_->ListVersions("sed", hold_), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ToolReaderTest, PagesContinueWhileToolsComeAndGo) {
  for (const char* name : {"a", "b", "c", "d", "e"}) ASSERT_THAT(Create(name), IsOk());
  auto first = List({}, std::nullopt, 2);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Names(*first), ElementsAre("a", "b"));
  EXPECT_EQ(first->total, 5);
  ASSERT_THAT(Write(DeleteMutation{"b", "", {}}), IsOk());
  ASSERT_THAT(Create("aa"), IsOk());
  auto second = List({}, first->last, 2);
  EXPECT_THAT(Names(*second), ElementsAre("c", "d"));
  auto third = List({}, second->last, 2);
  EXPECT_THAT(Names(*third), ElementsAre("e"));
  EXPECT_FALSE(third->last.has_value());
}

// A megabyte at a time: each time the reader asks for room first.
TEST_F(ToolReaderTest, LargeDefinitionsAreReadAsFarAsThereIsRoom) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(Write(CreateMutation{NormalToolOf(200'000, "large", absl::StrCat(i, ".0"))}), IsOk());
  }
  std::vector<size_t> held;
  const auto hold = [&](size_t bytes) {
    held.push_back(bytes);
    return bytes <= 3'000'000 ? absl::OkStatus() : absl::ResourceExhaustedError("full");
  };
  EXPECT_THAT(reader_->ListVersions("large", hold), HasCode(absl::StatusCode::kResourceExhausted));
  ASSERT_GE(held.size(), 3u);
  EXPECT_EQ(held[0], 0u);
  for (size_t i = 1; i < held.size(); ++i) EXPECT_LT(held[i] - held[i - 1], 1'400'000u);
  auto all = reader_->ListVersions("large", hold_);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->versions.size(), 20u);
}

TEST_F(ToolReaderTest, PagesCanBeSkipped) {
  for (const char* name : {"a", "b", "c"}) ASSERT_THAT(Create(name), IsOk());
  EXPECT_THAT(Names(*reader_->List({}, ToolReader::Order::kName, std::nullopt, 2, 2, 3 << 20, hold_)),
              ElementsAre("c"));
}

TEST_F(ToolReaderTest, ManyRowsAreReadInPortions) {
  ImportMutation import;
  for (int i = 0; i < 200; ++i) import.tools.push_back(NormalTool(absl::StrCat("tool-", 1000 + i)));
  ASSERT_THAT(Write(import), IsOk());
  auto page = List({}, std::nullopt, 150);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->tools.size(), 150u);
  ASSERT_TRUE(page->last.has_value());
  EXPECT_EQ(page->last->name_key, "tool-1149");
  auto rest = List({}, page->last, 1000);
  EXPECT_EQ(rest->tools.size(), 50u);
}

TEST_F(ToolReaderTest, APageOfLargeToolsEndsEarly) {
  ImportMutation import;
  for (int i = 0; i < 40; ++i) {
    v1::Tool tool = NormalTool(absl::StrCat("tool-", 10 + i));
    for (int k = 0; k < 50; ++k) {
      auto* capability = tool.add_capabilities();
      capability->set_capability_name(absl::StrCat("large-", k));
      capability->set_description(std::string(4000, 'x'));
    }
    import.tools.push_back(std::move(tool));
  }
  ASSERT_THAT(Write(import), IsOk());
  auto page = List({}, std::nullopt, 40);
  ASSERT_THAT(page, IsOk());
  EXPECT_LT(page->tools.size(), 20u);
  ASSERT_TRUE(page->last.has_value());
  EXPECT_EQ(page->last->name_key, Parse(page->tools.back()).tool_name());
}

TEST_F(ToolReaderTest, FiltersCombineAndFollowUpdates) {
  v1::Tool windows = NormalTool("dir");
  windows.set_platform("windows");
  ASSERT_THAT(Write(CreateMutation{windows}), IsOk());
  ASSERT_THAT(Create("grep"), IsOk());
  ASSERT_THAT(Create("sed"), IsOk());
  ASSERT_THAT(Write(SetEnabledMutation{"sed", "", false, {}}), IsOk());
  ToolReader::Filter filter;
  filter.platform = NormalTool("x").platform();
  EXPECT_THAT(Names(*List(filter, std::nullopt, 10)), ElementsAre("grep", "sed"));
  filter.enabled = true;
  EXPECT_THAT(Names(*List(filter, std::nullopt, 10)), ElementsAre("grep"));
  EXPECT_EQ(List(filter, std::nullopt, 10)->total, 1);
  filter.enabled = false;
  EXPECT_THAT(Names(*List(filter, std::nullopt, 10)), ElementsAre("sed"));
  filter = {};
  filter.status = "deprecated";
  EXPECT_THAT(Names(*List(filter, std::nullopt, 10)), ElementsAre());
  UpdateMutation update;
  update.name_key = "grep";
  update.paths = {"status"};
  update.values.set_status("deprecated");
  ASSERT_THAT(Write(update), IsOk());
  EXPECT_THAT(Names(*List(filter, std::nullopt, 10)), ElementsAre("grep"));
}

TEST_F(ToolReaderTest, ReadsGoOnAfterTheDatabaseRestarted) {
  ASSERT_THAT(Create("grep"), IsOk());
  ASSERT_THAT(reader_->Get("grep", ""), IsOk());
  ASSERT_THAT(cluster_->Restart(PostgresCluster::StopMode::kImmediate), IsOk());
  EXPECT_THAT(reader_->Get("grep", ""), IsOk());
  EXPECT_THAT(Create("sed"), IsOk());
}

}  // namespace
}  // namespace toolcatalog
