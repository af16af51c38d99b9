#include "common/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

TEST(PageTokenTest, GivesThePlaceBack) {
  for (const std::string place : {"grep", "a.b-c", "1.2"}) {
    EXPECT_EQ(*DecodePageToken("query", EncodePageToken("query", place)), place);
  }
}

TEST(PageTokenTest, RefusesWhatIsNotATokenOfTheQuery) {
  for (const std::string& token : {EncodePageToken("other", "grep"), EncodePageToken("query", ""), std::string("%%%"),
                                   std::string("AAAA"), std::string(5000, 'A')}) {
    const absl::Status status = DecodePageToken("query", token).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << token;
    EXPECT_THAT(std::string(status.message()), HasSubstr("page_token"));
  }
}

TEST(PageTokenTest, RefusesAPlaceThatIsNoText) {
  EXPECT_EQ(*DecodePageToken("query", EncodePageToken("query", "disk\ndf")), "disk\ndf");
  for (const std::string& place : {std::string("a\0b", 3), std::string("a\xff"), std::string("a\x01")}) {
    const absl::Status status = DecodePageToken("query", EncodePageToken("query", place)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("page_token"));
  }
}

TEST(PageSizeTest, HasADefaultAndBounds) {
  EXPECT_EQ(*CheckPageSize("page_size", false, 0), 50);
  EXPECT_EQ(*CheckPageSize("page_size", true, 1), 1);
  EXPECT_EQ(*CheckPageSize("page_size", true, 1000), 1000);
  for (int wrong : {-1, 0, 1001}) {
    EXPECT_THAT(std::string(CheckPageSize("limit", true, wrong).status().message()),
                HasSubstr("limit: must be from 1 to 1000, got " + std::to_string(wrong)));
  }
}

}  // namespace
}  // namespace toolcatalog
