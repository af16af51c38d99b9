#include "reload_service/cache/state_proof.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/definition/state_hash.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

struct Stored {
  std::string name, version;
  bool latest;
  v1::Tool tool;
};

std::string HashOf(const std::vector<Stored>& versions) {
  StateHash hash;
  for (const Stored& stored : versions) {
    hash.Add(stored.name, stored.version, stored.latest, absl::HexStringToBytes(TestContentHash(stored.tool)));
  }
  return absl::BytesToHexString(hash.bytes());
}

v1::Change NotLatest(v1::Change change) {
  change.set_is_latest(false);
  return change;
}

class StateProofTest : public ::testing::Test {
 protected:
  StateProofTest() {
    CatalogSnapshot snapshot;
    v1::Snapshot part;
    *part.add_tools() = one_;
    part.add_content_hashes(TestContentHash(one_));
    snapshot.Add(part);
    snapshot.position = {5, HashOf({{"grep", "1.0a", true, one_}})};
    EXPECT_FALSE(proof_.OnSnapshot(snapshot).has_value());
    EXPECT_EQ(Statistics().proven_revision(), 5);
  }

  // Whether the write leads to the state.
  bool Proves(const std::vector<v1::Change>& changes, const std::vector<Stored>& state) {
    ++revision_;
    proof_.OnWrite({changes, {revision_, HashOf(state)}, absl::Now()});
    return Statistics().proven_revision() == revision_;
  }

  v1::ReloadStatistics Statistics() const {
    v1::ReloadStatistics statistics;
    proof_.Describe(&statistics);
    return statistics;
  }

  const v1::Tool one_ = TestTool("Grep", "1.0A", 5), two_ = TestTool("grep", "2.0", 6);
  SteadyTime now_ = SteadyTime::Now();
  StateProof proof_{[this] { return now_; }};
  int64_t revision_ = 5;
};

TEST_F(StateProofTest, FollowsVersionsThatComeAreReplacedTakeTheLeadAndGo) {
  EXPECT_TRUE(Proves({StoredChange(two_)}, {{"grep", "1.0a", false, one_}, {"grep", "2.0", true, two_}}));
  const v1::Tool again = TestTool("grep", "1.0a", 7), zero = TestTool("grep", "0.1", 8);
  EXPECT_TRUE(Proves({NotLatest(StoredChange(again))}, {{"grep", "1.0a", false, again}, {"grep", "2.0", true, two_}}));
  EXPECT_TRUE(Proves({NotLatest(StoredChange(zero))},
                     {{"grep", "0.1", false, zero}, {"grep", "1.0a", false, again}, {"grep", "2.0", true, two_}}));
  EXPECT_TRUE(Proves({DeletedChange("grep", "2.0", 9), StoredChange(again)},
                     {{"grep", "0.1", false, zero}, {"grep", "1.0a", true, again}}));
  EXPECT_TRUE(Proves({DeletedChange("grep", "0.1", 10), DeletedChange("GREP", "1.0A", 10)}, {}));
  EXPECT_FALSE(Proves({StoredChange(one_)}, {}));
  EXPECT_TRUE(Statistics().diverged());
}

TEST_F(StateProofTest, AsksForOneSnapshotInFiveMinutes) {
  const CatalogPosition wrong{5, std::string(32, '0')};
  EXPECT_TRUE(proof_.OnBookmark(wrong).has_value());
  EXPECT_FALSE(proof_.OnBookmark(wrong).has_value());
  now_ = now_ + absl::Minutes(5) - absl::Seconds(1);
  EXPECT_FALSE(proof_.OnBookmark(wrong).has_value());
  EXPECT_EQ(Statistics().proof_failures(), 3);
  now_ = now_ + absl::Seconds(1);
  EXPECT_TRUE(proof_.OnBookmark(wrong).has_value());
  EXPECT_FALSE(proof_.OnBookmark({5, HashOf({{"grep", "1.0a", true, one_}})}).has_value());
  EXPECT_FALSE(Statistics().diverged());
}

TEST_F(StateProofTest, AContentHashThatIsNoneProvesNothing) {
  v1::Change change = StoredChange(two_);
  change.set_content_hash("none");
  EXPECT_FALSE(Proves({change}, {{"grep", "1.0a", false, one_}, {"grep", "2.0", true, two_}}));
}

}  // namespace
}  // namespace toolcatalog
