#include "reload_service/reload_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

absl::Status Read(const std::string& text, ReloadServerOptions* options) {
  const std::string path = ::testing::TempDir() + "/reload.yaml";
  std::ofstream(path) << text;
  return options->ReadConfig(path);
}

TEST(ReloadServerOptionsTest, StalenessHasItsOwnBound) {
  ReloadServerOptions options;
  ASSERT_TRUE(Read("ttl_seconds: 60\nmax_staleness_seconds: 90\n", &options).ok());
  EXPECT_EQ(options.time_to_live, absl::Seconds(60));
  EXPECT_EQ(options.max_staleness, absl::Seconds(90));
  const absl::Status status = Read("ttl_seconds: 60\nmax_staleness_seconds: 59\n", &options);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("max_staleness_seconds: must be at least ttl_seconds, 60, got 59"));
}

TEST(ReloadServerOptionsTest, ALongTimeToLiveRaisesTheDefault) {
  ReloadServerOptions options;
  ASSERT_TRUE(Read("ttl_seconds: 3600\n", &options).ok());
  EXPECT_EQ(options.max_staleness, absl::Seconds(3600));
}

TEST(ReloadServerOptionsTest, AliasesMustNotContradictEachOther) {
  ReloadServerOptions options;
  options.listen = "127.0.0.1:0";
  ASSERT_TRUE(Read("capability_aliases: {a: [b], c: [b]}\nlisten: 127.0.0.1:0\n", &options).ok());
  const absl::Status status = ReloadServer::Start(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("capability_aliases.c"));
}

}  // namespace
}  // namespace toolcatalog
