#include "common/definition/state_hash.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace toolcatalog {
namespace {

TEST(ContentHashTest, IsSha256) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(absl::BytesToHexString(ContentHash("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(StateHashTest, DoesNotDependOnOrder) {
  StateHash one, other;
  one.Add("a", "1", true, "x");
  one.Add("b", "1", false, "y");
  other.Add("b", "1", false, "y");
  other.Add("a", "1", true, "x");
  EXPECT_TRUE(one == other);
  EXPECT_NE(one.bytes(), StateHash().bytes());
}

TEST(StateHashTest, RemoveUndoesAdd) {
  StateHash hash;
  hash.Add("a", "1", true, "x");
  const StateHash before = hash;
  hash.Add("b", "2", true, "y");
  hash.Remove("b", "2", true, "y");
  EXPECT_TRUE(hash == before);
  hash.Remove("a", "1", true, "x");
  EXPECT_EQ(hash.bytes(), std::string(16, '\0'));
}

TEST(StateHashTest, EveryPartCounts) {
  StateHash base;
  base.Add("a", "1", true, "x");
  StateHash name, version, latest, content, boundary;
  name.Add("b", "1", true, "x");
  version.Add("a", "2", true, "x");
  latest.Add("a", "1", false, "x");
  content.Add("a", "1", true, "y");
  boundary.Add("a1", "", true, "x");
  for (const StateHash& other : {name, version, latest, content, boundary}) EXPECT_TRUE(base != other);
}

TEST(StateHashTest, BytesRoundTrip) {
  StateHash hash;
  hash.Add("a", "1", true, "x");
  EXPECT_TRUE(StateHash::FromBytes(hash.bytes()) == hash);
}

}  // namespace
}  // namespace toolcatalog
