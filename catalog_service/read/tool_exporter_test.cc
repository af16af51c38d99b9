#include "catalog_service/read/tool_exporter.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/store_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;

class ToolExporterTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (HasFatalFailure()) return;
    exporter_ = std::make_unique<ToolExporter>(&validator_, pool_.get(), log_.get());
  }

  std::vector<std::string> Read(const ChangeLog::Manifest& manifest) {
    std::vector<std::string> read;
    for (size_t next = 0; next < manifest.keys.size();) {
      const auto tools = exporter_->ReadPortion(manifest, next);
      EXPECT_THAT(tools, IsOk());
      if (!tools.ok() || tools->empty()) return read;
      for (const v1::Tool& tool : *tools) {
        read.push_back(absl::StrCat(tool.tool_name(), " ", tool.version(), " ", tool.revision()));
      }
      next += tools->size();
    }
    return read;
  }

  std::unique_ptr<ToolExporter> exporter_;
};

TEST_F(ToolExporterTest, HoldsTheCatalogOfOneRevision) {
  for (const char* name : {"a", "b"}) ASSERT_THAT(Create(name), IsOk());
  ASSERT_THAT(Create("a", "2.0"), IsOk());
  const auto manifest = exporter_->Select({});
  ASSERT_THAT(manifest, IsOk());
  EXPECT_EQ(manifest->position.revision, 3);
  ASSERT_THAT(Write(SetEnabledMutation{"b", "", false, {}}), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"a", "1.0", {}}), IsOk());
  ASSERT_THAT(Create("c"), IsOk());
  EXPECT_THAT(Read(*manifest), ElementsAre("a 1.0 1", "a 2.0 3", "b 1.0 2"));
  EXPECT_THAT(Read(*exporter_->Select({})), ElementsAre("a 2.0 3", "b 1.0 4", "c 1.0 6"));
}

TEST_F(ToolExporterTest, ReadsInPortions) {
  for (int i = 0; i < 12; ++i) {
    ASSERT_THAT(Write(CreateMutation{NormalToolOf(200'000, absl::StrCat("large-", 10 + i))}), IsOk());
  }
  const auto manifest = exporter_->Select({});
  ASSERT_THAT(manifest, IsOk());
  const auto portion = exporter_->ReadPortion(*manifest, 0);
  ASSERT_THAT(portion, IsOk());
  EXPECT_GE(portion->size(), 1u);
  EXPECT_LE(portion->size(), 6u);
  EXPECT_EQ(Read(*manifest).size(), 12u);
}

TEST_F(ToolExporterTest, WhatIsKeptNoLongerIsOutOfRange) {
  ASSERT_THAT(Create("a"), IsOk());
  const auto manifest = exporter_->Select({});
  ASSERT_THAT(manifest, IsOk());
  ASSERT_THAT(Write(SetEnabledMutation{"a", "", false, {}}), IsOk());
  Sql("delete from definitions where revision = 1");
  EXPECT_THAT(exporter_->ReadPortion(*manifest, 0), HasCode(absl::StatusCode::kOutOfRange));
}

TEST_F(ToolExporterTest, AnAbandonedExportEnds) {
  ASSERT_THAT(Create("a"), IsOk());
  EXPECT_THAT(exporter_->Export({}, hold_, [] { return true; }), HasCode(absl::StatusCode::kCancelled));
}

TEST_F(ToolExporterTest, AnExportEndsWhenThereIsNoRoomForItsText) {
  for (int i = 0; i < 12; ++i) {
    ASSERT_THAT(Write(CreateMutation{NormalToolOf(200'000, absl::StrCat("large-", 10 + i))}), IsOk());
  }
  const auto small = [](size_t bytes) {
    return bytes < 1'000'000 ? absl::OkStatus() : MakeError(Reason::kMemoryBudgetExhausted, "full");
  };
  const auto wanted = [] { return false; };
  EXPECT_THAT(exporter_->Export({}, small, wanted), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(exporter_->Export({}, hold_, wanted), IsOk());
}

}  // namespace
}  // namespace toolcatalog
