#include "reload_service/hooks/hook_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

absl::Status Check(const std::vector<std::string>& hosts, const std::string& url) {
  const auto allowed = HookHosts::FromList(hosts);
  EXPECT_TRUE(allowed.ok()) << allowed.status();
  const auto parsed = HookUrl::Parse(url);
  return parsed.ok() ? allowed->Check(*parsed) : parsed.status();
}

TEST(HookUrl, IsAbsoluteHttp) {
  for (const char* url : {"http://a", "https://a.example/x?y=z", "HTTP://a:1/", "http://[::1]:8080/hook"}) {
    EXPECT_TRUE(HookUrl::Parse(url).ok()) << url << ": " << HookUrl::Parse(url).status();
  }
  for (const char* url :
       {"", "a", "/x", "//a/x", "a.example/x", "ftp://a/", "file:///etc/passwd", "http://", "http:///", "gopher://a/",
        "javascript:x", "http://a:99999/", "http://a:b/", "http://[::1/", "http://[x]/"}) {
    const absl::Status status = HookUrl::Parse(url).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << url;
    EXPECT_THAT(std::string(status.message()), HasSubstr("absolute http or https")) << url;
  }
}

TEST(HookUrl, HasNothingThatCouldMislead) {
  EXPECT_THAT(std::string(HookUrl::Parse("http://a/#x").status().message()), HasSubstr("fragment"));
  EXPECT_THAT(std::string(HookUrl::Parse("http://[fe80::1%25eth0]/").status().message()), HasSubstr("zone"));
  for (const char* url : {"http://a/ b", "http://a\\@b/", "http://a/\n", "http://caf\xC3\xA9/", "http://a/\x7F"}) {
    EXPECT_THAT(std::string(HookUrl::Parse(url).status().message()), HasSubstr("ASCII")) << url;
  }
  EXPECT_TRUE(HookUrl::Parse("http://a/" + std::string(1991, 'x')).ok());
  EXPECT_THAT(std::string(HookUrl::Parse("http://a/" + std::string(1992, 'x')).status().message()),
              HasSubstr("at most 2000 characters, got 2001"));
}

TEST(HookUrl, UserInfoIsRefusedAndNotRepeated) {
  for (const char* url :
       {"http://joe@a/", "http://joe:pass@a/", "http://:pass@a/", "http://good.example@evil.example/"}) {
    const std::string message(HookUrl::Parse(url).status().message());
    EXPECT_EQ(message, "must not have user info") << url;
  }
}

TEST(HookHosts, NoneIsAllowedByItself) {
  EXPECT_TRUE(absl::IsFailedPrecondition(Check({}, "http://127.0.0.1/")));
  EXPECT_TRUE(absl::IsFailedPrecondition(Check({}, "http://localhost/")));
}

TEST(HookHosts, AHostIsAllowedOnEveryPort) {
  EXPECT_TRUE(Check({"A.example"}, "http://a.EXAMPLE:81/x").ok());
  EXPECT_TRUE(Check({"[::1]"}, "https://[::1]:8443/").ok());
  EXPECT_TRUE(Check({"a.example", "b.example"}, "https://b.example").ok());
  for (const char* url :
       {"http://b.a.example/", "http://a.example.evil/", "http://xa.example/", "http://a.example./"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(Check({"a.example"}, url))) << url;
  }
}

TEST(HookHosts, AHostWithAPortIsAllowedThere) {
  EXPECT_TRUE(Check({"a:81"}, "http://a:81/").ok());
  EXPECT_TRUE(Check({"a:80"}, "http://a/").ok());
  EXPECT_TRUE(Check({"a:443"}, "https://a/").ok());
  const absl::Status status = Check({"a:81"}, "http://a/");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(status.message(), "host \"a:80\" is not on the configured list of hook_hosts");
}

TEST(HookHosts, AnAddressIsTheSameInAnySpelling) {
  EXPECT_TRUE(Check({"127.0.0.1"}, "http://127.1/").ok());
  EXPECT_TRUE(Check({"127.0.0.1"}, "http://0x7f000001/").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Check({"localhost"}, "http://127.0.0.1/")));
}

TEST(HookHosts, ListsHoldHostsOnly) {
  for (const char* host : {"", "http://a", "a/", "a/x", "a?x", "joe@a", "a:b", "::1", "a b", "a#x"}) {
    const absl::Status status = HookHosts::FromList({"fine", host}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << host;
    EXPECT_THAT(std::string(status.message()), HasSubstr("must be a host, or host:port")) << host;
  }
}

}  // namespace
}  // namespace toolcatalog
