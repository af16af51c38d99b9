#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_log.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using Facets = ChangeLog::Facets;

class SnapshotTest : public StoreFixture {
 protected:
  std::shared_ptr<const ChangeLog::Manifest> Snapshot() {
    absl::StatusOr<std::shared_ptr<const ChangeLog::Manifest>> manifest = log_->Snapshot(Facets::kLeaveOut);
    EXPECT_THAT(manifest, IsOk());
    return *manifest;
  }
};

// Many streams may begin at once, as after a restart.
TEST_F(SnapshotTest, AllSnapshotsOfARevisionShareTheirManifest) {
  ASSERT_THAT(Create("grep"), IsOk());
  const auto first = Snapshot();
  EXPECT_EQ(Snapshot(), first);
  EXPECT_NE(*log_->Snapshot(Facets::kInclude), first);
  ASSERT_THAT(Create("sed"), IsOk());
  const auto later = Snapshot();
  EXPECT_EQ(later->keys.size(), 2u);
  EXPECT_EQ(first->keys.size(), 1u);
  EXPECT_EQ(Snapshot(), later);
}

TEST_F(SnapshotTest, APartOfASnapshotHasWhatPasses) {
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_THAT(Create(name), IsOk());
  const auto manifest = Snapshot();
  const auto part = [&](size_t begin, size_t max_bytes, const std::string& names) {
    const auto passes = [&](const SnapshotKey& key) { return names.find(key.name_key) != std::string::npos; };
    auto found = log_->PartOf(*manifest, begin, max_bytes, passes);
    EXPECT_THAT(found, IsOk());
    std::string text;
    for (const SnapshotTool& tool : found->tools) text += manifest->keys[tool.place].name_key;
    return absl::StrCat(text, " ", found->next);
  };
  EXPECT_EQ(part(0, 1 << 20, "ac"), "ac 4");
  EXPECT_EQ(part(0, 1, "bd"), "b 3");
  EXPECT_EQ(part(3, 1, "bd"), "d 4");
  EXPECT_EQ(part(0, 1, ""), " 4");
}

TEST_F(SnapshotTest, ASnapshotWhoseDefinitionsAreGoneNamesItsRevision) {
  ASSERT_THAT(Create("grep"), IsOk());
  const auto manifest = Snapshot();
  ASSERT_THAT(Write(DeleteMutation{"grep", "", {}}), IsOk());
  Sql("delete from changes; delete from definitions; delete from revisions where revision < 2");
  const absl::Status status = log_->SnapshotTools(*manifest, 0, 1 << 20).status();
  EXPECT_TRUE(HasReason(status, Reason::kCompacted)) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("after revision 1 "));
  EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "2");
}

}  // namespace
}  // namespace toolcatalog
