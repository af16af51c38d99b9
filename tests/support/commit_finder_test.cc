#include "tests/support/commit_finder.h"

#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

std::string WithLength(const std::string& body) {
  const size_t length = body.size() + 4;
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(length >> shift));
  return bytes + body;
}
std::string Message(char type, const std::string& body) { return type + WithLength(body); }

const char kTrigger[] = "COMMIT";

std::string Startup() { return WithLength(std::string("\0\3\0\0user\0me\0\0", 13)); }

class Started : public testing::Test {
 protected:
  Started() { EXPECT_EQ(finder_.Take(Startup(), kTrigger), CommitFinder::kNone); }
  CommitFinder finder_;
};

TEST_F(Started, FindsASimpleQuery) {
  const std::string query = Message('Q', std::string("COMMIT\0", 7));
  EXPECT_EQ(finder_.Take(query + "more", kTrigger), query.size());
}

TEST_F(Started, FindsTheSyncAfterAPreparedStatementWithTheTrigger) {
  const std::string before = Message('P', std::string("\0SELECT 1\0\0\0", 12)) + Message('S', "");
  const std::string request =
      Message('P', std::string("\0COMMIT\0\0\0", 10)) + Message('B', "") + Message('E', "") + Message('S', "");
  EXPECT_EQ(finder_.Take(before + request + Message('X', ""), kTrigger), before.size() + request.size());
}

TEST_F(Started, FindsItWhateverThePieces) {
  const std::string request = Message('B', std::string("\0COMMIT\0", 8)) + Message('S', "");
  for (size_t i = 0; i + 1 < request.size(); ++i) {
    EXPECT_EQ(finder_.Take(request.substr(i, 1), kTrigger), CommitFinder::kNone) << i;
  }
  EXPECT_TRUE(finder_.pending());
  EXPECT_EQ(finder_.Take(request.substr(request.size() - 1), kTrigger), 1u);
  EXPECT_FALSE(finder_.pending());
}

TEST_F(Started, IgnoresOtherMessagesAndNoTrigger) {
  const std::string copy = Message('d', kTrigger) + Message('S', "");
  EXPECT_EQ(finder_.Take(copy, kTrigger), CommitFinder::kNone);
  EXPECT_EQ(finder_.Take(Message('Q', kTrigger), ""), CommitFinder::kNone);
  EXPECT_EQ(finder_.Take(Message('Q', "ROLLBACK"), kTrigger), CommitFinder::kNone);
}

TEST(CommitFinder, DoesNotSearchTheStartupMessage) {
  CommitFinder finder;
  const std::string encryption_request = WithLength(std::string("\x04\xd2\x16\x2f", 4));
  EXPECT_EQ(finder.Take(encryption_request, kTrigger), CommitFinder::kNone);
  EXPECT_EQ(finder.Take(WithLength(std::string("\0\3\0\0user\0COMMIT\0\0", 17)), kTrigger), CommitFinder::kNone);
  EXPECT_EQ(finder.Take(Message('Q', kTrigger), kTrigger), Message('Q', kTrigger).size());
}

}  // namespace
}  // namespace toolcatalog
