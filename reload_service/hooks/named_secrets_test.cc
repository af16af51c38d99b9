#include "reload_service/hooks/named_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string File(const std::string& text) {
  static int count = 0;
  const std::string path = absl::StrCat(::testing::TempDir(), "/secret", ++count);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string Refusal(const std::map<std::string, std::string>& files) {
  const auto secrets = ReadSecrets("webhook_secrets", files);
  EXPECT_TRUE(absl::IsInvalidArgument(secrets.status()));
  return std::string(secrets.status().message());
}

TEST(NamedSecrets, AreReadWithoutTheLineBreakAtTheEnd) {
  const auto secrets = ReadSecrets(
      "webhook_secrets",
      {{"a", File("0123456789abcdef\n")}, {"b", File(" 123456789abcdef\r\n")}, {"c", File("0123456789abcd\n\n\n")}});
  ASSERT_TRUE(secrets.ok()) << secrets.status();
  EXPECT_THAT(*secrets, ElementsAre(Pair("a", "0123456789abcdef"), Pair("b", " 123456789abcdef"),
                                    Pair("c", "0123456789abcd\n\n")));
}

TEST(NamedSecrets, BadFilesAreNamedAndTheirContentsAreNot) {
  EXPECT_THAT(Refusal({{"ci", "/nonexistent/secret"}}),
              HasSubstr("webhook_secrets.ci: cannot open file \"/nonexistent/secret\""));
  const std::string empty = File(""), line = File("\n"), small = File("0123456789abcde\n");
  for (const std::string& path : {empty, line, small}) {
    EXPECT_EQ(Refusal({{"ci", path}}),
              absl::StrCat("webhook_secrets.ci: file \"", path, "\" must hold 16 to 4096 bytes, holds fewer"));
  }
  EXPECT_THAT(Refusal({{"ci", File(std::string(5000, 'x'))}}), HasSubstr("holds more"));
  EXPECT_THAT(Refusal({{"ci", ::testing::TempDir()}}), HasSubstr("webhook_secrets.ci: "));
  EXPECT_THAT(Refusal({{"no name", File("0123456789abcdef")}}), HasSubstr("webhook_secrets.no name: must "));
}

TEST(NamedSecrets, ThereAreAtMostTen) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 11; ++i) files[absl::StrCat("s", i)] = File("0123456789abcdef");
  EXPECT_EQ(Refusal(files), "webhook_secrets: must name at most 10 secrets, names 11");
  files.erase("s0");
  EXPECT_TRUE(ReadSecrets("webhook_secrets", files).ok());
}

}  // namespace
}  // namespace toolcatalog
