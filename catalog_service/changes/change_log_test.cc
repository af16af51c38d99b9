#include "catalog_service/changes/change_log.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/watch_encoding.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;

class ChangeLogTest : public StoreFixture {
 protected:
  static v1::Change Parse(const LoggedChange& change) {
    v1::Change parsed;
    EXPECT_TRUE(parsed.ParseFromString(change.encoded));
    return parsed;
  }
  absl::StatusOr<ChangeLog::Portion> After(const Position& cursor, int max_writes) {
    return log_->After(cursor, max_writes, ChangeLog::Previous::kLeaveOut);
  }
  absl::StatusOr<ChangeLog::Manifest> Snapshot(ChangeLog::Facets facets = ChangeLog::Facets::kLeaveOut) {
    absl::StatusOr<std::shared_ptr<const ChangeLog::Manifest>> manifest = log_->Snapshot(facets);
    if (!manifest.ok()) return manifest.status();
    return **manifest;
  }
  static size_t BytesOf(const ChangeLog::Portion& portion) {
    size_t bytes = 0;
    for (const LoggedWrite& write : portion.writes) {
      for (const LoggedChange& change : write.changes) bytes += change.encoded.size();
    }
    return bytes;
  }
  // The facts of all changes.
  std::vector<ChangeFacts> Facts() {
    std::vector<ChangeFacts> facts;
    const auto portion = After(*log_->Oldest(), 100);
    EXPECT_THAT(portion, IsOk());
    for (const LoggedWrite& write : portion->writes) {
      for (const LoggedChange& change : write.changes) facts.push_back(change.facts);
    }
    return facts;
  }
};

TEST_F(ChangeLogTest, ReadsOnFromACursor) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
  auto start = log_->Oldest();
  ASSERT_THAT(start, IsOk());
  EXPECT_EQ(start->revision, 0);
  auto writes = After(*start, 100);
  ASSERT_THAT(writes, IsOk());
  ASSERT_EQ(writes->writes.size(), 3u);
  ASSERT_EQ(writes->writes[2].changes.size(), 2u);
  const v1::Change created = Parse(writes->writes[0].changes[0]), promoted = Parse(writes->writes[2].changes[1]);
  EXPECT_EQ(created.kind(), "created");
  EXPECT_EQ(created.tool().revision(), 1);
  EXPECT_EQ(promoted.kind(), "promoted");
  EXPECT_EQ(promoted.tool().version(), "1.0");
  EXPECT_TRUE(promoted.tool().is_latest());
  EXPECT_EQ(promoted.tool().etag(), reader_->Get("grep", "")->tool().etag());
  // Deleting what came since gives the state of before, and so its hash.
  EXPECT_EQ(writes->writes[2].position.state_hash, writes->writes[0].position.state_hash);
  EXPECT_TRUE(After(writes->writes[2].position, 100)->writes.empty());
  auto some = After(*start, 2);
  EXPECT_EQ(some->writes.size(), 2u);
  EXPECT_TRUE(some->more);
  EXPECT_FALSE(writes->more);
}

TEST_F(ChangeLogTest, APositionOfAnotherHistoryIsRefused) {
  ASSERT_THAT(Create("grep"), IsOk());
  auto current = log_->Current();
  ASSERT_THAT(current, IsOk());
  for (const Position& wrong : {Position{1, std::string(16, 'x')}, Position{2, current->state_hash}}) {
    for (const absl::Status& status :
         {After(wrong, 10).status(), log_->Verify(wrong.revision, wrong.state_hash).status()}) {
      EXPECT_THAT(status, HasCode(absl::StatusCode::kOutOfRange));
      EXPECT_TRUE(HasReason(status, Reason::kHistoryDiverged));
      EXPECT_EQ(ErrorMetadata(status, "current_revision"), "1");
      EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "0");
    }
  }
  EXPECT_TRUE(*log_->Verify(1, "") == *current);
}

TEST_F(ChangeLogTest, APositionThatIsKeptNoLongerIsRefused) {
  for (const char* name : {"a", "b", "c"}) ASSERT_THAT(Create(name), IsOk());
  auto second = log_->Verify(2, "");
  ASSERT_THAT(second, IsOk());
  Sql("delete from changes where revision <= 2; delete from revisions where revision < 2");
  const absl::Status status = log_->Verify(1, "").status();
  EXPECT_TRUE(HasReason(status, Reason::kCompacted));
  EXPECT_EQ(ErrorMetadata(status, "oldest_revision"), "2");
  EXPECT_EQ(After(*second, 10)->writes.size(), 1u);
  EXPECT_TRUE(*log_->Oldest() == *second);
}

TEST_F(ChangeLogTest, WhyAPositionIsOfAnotherHistoryIsSaidTruly) {
  ASSERT_THAT(Create("grep"), IsOk());
  const auto message = [this](int64_t revision, const std::string& hash) {
    return std::string(log_->Verify(revision, hash).status().message());
  };
  EXPECT_THAT(message(2, ""), testing::HasSubstr("revision 2 is beyond the current one, 1"));
  EXPECT_THAT(message(1, std::string(16, 'x')), testing::HasSubstr("revision 1 had another state hash"));
}

TEST_F(ChangeLogTest, ASnapshotHoldsEveryVersionAsOfOneRevision) {
  for (const char* version : {"1.0", "2.0"}) ASSERT_THAT(Create("grep", version), IsOk());
  ASSERT_THAT(Create("sed"), IsOk());
  auto manifest = Snapshot();
  ASSERT_THAT(manifest, IsOk());
  EXPECT_EQ(manifest->position.revision, 3);
  // What happens meanwhile does not show.
  ASSERT_THAT(Write(DeleteMutation{"grep", "", {}}), IsOk());
  auto tools = log_->SnapshotTools(*manifest, 0, 1 << 20);
  ASSERT_THAT(tools, IsOk());
  ASSERT_EQ(tools->size(), 3u);
  StateHash hash;
  for (size_t i = 0; i < tools->size(); ++i) {
    v1::Tool tool;
    ASSERT_TRUE(tool.ParseFromString((*tools)[i].encoded));
    EXPECT_EQ(tool.is_latest(), tool.version() != "1.0" || tool.tool_name() == "sed");
    hash.Add(manifest->keys[i].name_key, manifest->keys[i].version_key, tool.is_latest(),
             absl::HexStringToBytes((*tools)[i].content_hash));
  }
  EXPECT_EQ(hash.bytes(), manifest->position.state_hash);
}

TEST_F(ChangeLogTest, APortionOfASnapshotIsBoundedInBytes) {
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_THAT(Create(name), IsOk());
  auto manifest = Snapshot();
  ASSERT_THAT(manifest, IsOk());
  EXPECT_EQ(log_->SnapshotTools(*manifest, 0, 1)->size(), 1u);
  EXPECT_EQ(log_->SnapshotTools(*manifest, 1, 1 << 20)->size(), 3u);
  Sql("delete from definitions where name_key = 'c'");
  EXPECT_TRUE(HasReason(log_->SnapshotTools(*manifest, 0, 1 << 20).status(), Reason::kHistoryDiverged));
}

TEST_F(ChangeLogTest, OneOfTwoNewVersionsOfAnImportIsTheLatest) {
  ASSERT_THAT(Write(ImportMutation{{NormalTool("grep", "1.0"), NormalTool("grep", "2.0")}, false}), IsOk());
  auto writes = After(*log_->Oldest(), 10);
  ASSERT_THAT(writes, IsOk());
  EXPECT_FALSE(Parse(writes->writes[0].changes[0]).is_latest());
  EXPECT_TRUE(Parse(writes->writes[0].changes[1]).is_latest());
}

TEST_F(ChangeLogTest, AnEmptyCatalogHasAnEmptySnapshot) {
  auto manifest = Snapshot();
  ASSERT_THAT(manifest, IsOk());
  EXPECT_TRUE(manifest->keys.empty());
  const auto messages = EncodeSnapshot(manifest->position, {}, true);
  ASSERT_EQ(messages.size(), 1u);
  v1::WatchToolsResponse message;
  ASSERT_TRUE(message.ParseFromString(messages[0]));
  EXPECT_TRUE(message.snapshot().last());
}

TEST_F(ChangeLogTest, ALargeWriteIsSentInFragments) {
  ImportMutation import;
  for (int i = 0; i < 1000; ++i) import.tools.push_back(NormalTool(absl::StrCat("tool-", 1000 + i)));
  import.tools[0].mutable_capabilities(0)->set_description(std::string(4000, 'x'));
  for (v1::Tool& tool : import.tools) tool.set_description(std::string(4000, 'y'));
  ASSERT_THAT(Write(import), IsOk());
  auto writes = After(*log_->Oldest(), 10);
  ASSERT_THAT(writes, IsOk());
  ASSERT_EQ(writes->writes.size(), 1u);
  std::vector<absl::string_view> encoded;
  for (const LoggedChange& change : writes->writes[0].changes) encoded.push_back(change.encoded);
  const EncodedWrite write = EncodeWrite(writes->writes[0].position, encoded);
  const std::vector<std::string>& pieces = write.pieces;
  ASSERT_GT(pieces.size(), 3u);
  int changes = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::string bytes = EncodeBatchHead(write.position, pieces[i].size()) + pieces[i];
    v1::WatchToolsResponse message;
    ASSERT_TRUE(message.ParseFromString(bytes));
    EXPECT_LE(bytes.size(), size_t{1} << 20);
    EXPECT_EQ(message.revision(), 1);
    ASSERT_EQ(message.batch().writes_size(), 1);
    const v1::Write& sent = message.batch().writes(0);
    EXPECT_EQ(sent.more(), i + 1 < pieces.size());
    EXPECT_EQ(sent.revision(), 1);
    EXPECT_EQ(sent.state_hash(), message.state_hash());
    changes += sent.changes_size();
  }
  EXPECT_EQ(changes, 1000);
  for (size_t i = 0; i < encoded.size(); ++i) ASSERT_EQ(write.change(i), encoded[i]);
}

TEST_F(ChangeLogTest, ChangesCarryWhatTheirWriterGave) {
  ASSERT_THAT(Create("grep"), IsOk());
  Sql("update revisions set reason = 'because', peer = 'ipv4:1.2.3.4:5', request_id = 'r-1' where revision = 1");
  const auto portion = After(*log_->Oldest(), 10);
  ASSERT_THAT(portion, IsOk());
  const v1::Change change = Parse(portion->writes[0].changes[0]);
  EXPECT_EQ(change.reason(), "because");
  EXPECT_EQ(change.peer(), "ipv4:1.2.3.4:5");
  EXPECT_EQ(change.request_id(), "r-1");
}

TEST_F(ChangeLogTest, ThePreviousVersionComesOnlyWhenAskedFor) {
  ASSERT_THAT(Create("grep", "1.0"), IsOk());
  ASSERT_THAT(Create("grep", "2.0"), IsOk());
  const auto before = reader_->Get("grep", "2.0");
  ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
  const auto start = log_->Verify(1, "");
  const auto plain = After(*start, 10), full = log_->After(*start, 10, ChangeLog::Previous::kInclude);
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(full, IsOk());
  EXPECT_FALSE(Parse(plain->writes[1].changes[0]).has_previous());
  EXPECT_FALSE(Parse(full->writes[0].changes[0]).has_previous()) << "it is new";
  const v1::Change deleted = Parse(full->writes[1].changes[0]), promoted = Parse(full->writes[1].changes[1]);
  EXPECT_FALSE(deleted.has_tool());
  EXPECT_EQ(SerializeDeterministically(deleted.previous()), SerializeDeterministically(before->tool()));
  EXPECT_FALSE(promoted.previous().is_latest());
  EXPECT_TRUE(promoted.tool().is_latest());
}

TEST_F(ChangeLogTest, FactsAreTheStatesOfBeforeAndAfter) {
  v1::Tool tool = NormalTool("Grep");
  tool.set_platform("linux");
  const std::string linux_facets = FacetsOf(tool);
  ASSERT_THAT(Write(ImportMutation{{tool}, true}), IsOk());
  tool.set_platform("windows");
  const std::string windows_facets = FacetsOf(tool);
  ASSERT_THAT(Write(ImportMutation{{tool}, true}), IsOk());
  tool.set_description("the same facets");
  ASSERT_THAT(Write(ImportMutation{{tool}, true}), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "", {}}), IsOk());
  const auto expect = [&] {
    const std::vector<ChangeFacts> facts = Facts();
    ASSERT_EQ(facts.size(), 4u);
    EXPECT_THAT(facts[0].states, ElementsAre(linux_facets));
    EXPECT_THAT(facts[1].states, ElementsAre(windows_facets, linux_facets));
    EXPECT_THAT(facts[2].states, ElementsAre(windows_facets));
    EXPECT_THAT(facts[3].states, ElementsAre(windows_facets));
    EXPECT_EQ(facts[3].kind, "deleted");
    EXPECT_EQ(facts[3].name_key, "grep");
  };
  expect();
  // As an older binary wrote it.
  Sql("update definitions set facets = null");
  expect();
  Sql("delete from definitions where revision = 3");
  EXPECT_THAT(Facts()[3].states, ElementsAre("")) << "not known any more";
}

TEST_F(ChangeLogTest, AVersionThatTakesTheLatestPlaceHasTheStateOfTheOneBefore) {
  v1::Tool first = NormalTool("grep", "1.0"), second = NormalTool("grep", "2.0");
  second.set_platform("windows");
  ASSERT_THAT(Write(ImportMutation{{first}, false}), IsOk());
  ASSERT_THAT(Write(ImportMutation{{second}, false}), IsOk());
  ASSERT_THAT(Write(DeleteMutation{"grep", "2.0", {}}), IsOk());
  const std::vector<ChangeFacts> facts = Facts();
  ASSERT_EQ(facts.size(), 4u);
  EXPECT_THAT(facts[1].states, ElementsAre(FacetsOf(second), FacetsOf(first))) << "1.0 is the latest no more";
  EXPECT_THAT(facts[2].states, ElementsAre(FacetsOf(second)));
  EXPECT_THAT(facts[3].states, ElementsAre(FacetsOf(first))) << "2.0 has a change of its own";
}

TEST_F(ChangeLogTest, AManifestMayCarryFacets) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Create("b"), IsOk());
  Sql("update definitions set facets = null where name_key = 'b'");
  const auto manifest = Snapshot(ChangeLog::Facets::kInclude);
  ASSERT_THAT(manifest, IsOk());
  ASSERT_EQ(manifest->keys.size(), 2u);
  EXPECT_EQ(manifest->keys[0].facets, FacetsOf(NormalTool("a")));
  EXPECT_EQ(manifest->keys[1].facets, "") << "only the body tells";
  EXPECT_EQ(Snapshot()->keys[0].facets, "");
}

TEST_F(ChangeLogTest, APortionOfTheLogIsBoundedInBytes) {
  for (int w = 0; w < 5; ++w) {
    ImportMutation import;
    for (int i = 0; i < 500; ++i) {
      import.tools.push_back(NormalTool(absl::StrCat("tool-", w, "-", i)));
      import.tools.back().set_description(std::string(4000, 'y'));
    }
    ASSERT_THAT(Write(import), IsOk());
  }
  auto writes = After(*log_->Oldest(), 100);
  ASSERT_THAT(writes, IsOk());
  EXPECT_GE(writes->writes.size(), 1u);
  EXPECT_LT(writes->writes.size(), 5u);
  EXPECT_TRUE(writes->more);
  // The size of the cursor's own write does not count.
  ASSERT_THAT(Create("small-1"), IsOk());
  ASSERT_THAT(Create("small-2"), IsOk());
  auto fifth = log_->Verify(5, "");
  ASSERT_THAT(fifth, IsOk());
  EXPECT_EQ(After(*fifth, 100)->writes.size(), 2u);
}

TEST_F(ChangeLogTest, APortionIsBoundedByTheDefinitionsThatItReads) {
  constexpr int kTools = 10;
  for (int i = 0; i < kTools; ++i) {
    for (const char* version : {"1.0", "2.0"}) {
      const v1::Tool tool = NormalToolOf(250'000, absl::StrCat("tool-", i), version);
      ASSERT_THAT(Write(ImportMutation{{tool}, false}), IsOk());
    }
  }
  const auto versions = log_->Current();
  // 1.0 is promoted, then deleted.
  for (const char* version : {"2.0", "1.0"}) {
    for (int i = 0; i < kTools; ++i) {
      ASSERT_THAT(Write(DeleteMutation{absl::StrCat("tool-", i), version, {}}), IsOk());
    }
  }
  const auto promoted = log_->Verify(versions->revision + kTools, "");
  ASSERT_THAT(promoted, IsOk());
  const auto expect = [&](const Position& cursor, ChangeLog::Previous previous, size_t writes) {
    const auto portion = log_->After(cursor, 64, previous);
    ASSERT_THAT(portion, IsOk());
    EXPECT_EQ(portion->writes.size(), writes);
    EXPECT_LE(BytesOf(*portion), size_t{11} << 17);
    EXPECT_TRUE(portion->more || writes == kTools);
  };
  using Previous = ChangeLog::Previous;
  expect(*versions, Previous::kLeaveOut, 4);
  expect(*versions, Previous::kInclude, 1);
  expect(*promoted, Previous::kInclude, 4);
  expect(*promoted, Previous::kLeaveOut, kTools);
  // As an older binary wrote them: only the definitions tell the facets.
  Sql("update definitions set facets = null");
  expect(*promoted, Previous::kLeaveOut, 4);
}

}  // namespace
}  // namespace toolcatalog
