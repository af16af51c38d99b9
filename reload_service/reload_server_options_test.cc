// The configuration file, as far as it is about webhooks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "reload_service/reload_server.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

absl::Status Read(const std::string& text, ReloadServerOptions* options) {
  const std::string path = ::testing::TempDir() + "/reload.yaml";
  std::ofstream(path) << text;
  return options->ReadConfig(path);
}

std::string Refusal(const std::string& text) {
  ReloadServerOptions options;
  const absl::Status status = Read(text, &options);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  EXPECT_THAT(std::string(status.message()), HasSubstr("reload.yaml\": "));
  return std::string(status.message());
}

std::string SecretFile() {
  const std::string path = ::testing::TempDir() + "/secret";
  std::ofstream(path) << "0123456789abcdef\n";
  return path;
}

TEST(ReloadServerOptions, ReadWebhooks) {
  ReloadServerOptions options;
  const absl::Status status = Read("webhook_secrets: {in: " + SecretFile() + "}\nhook_secrets: {out: " + SecretFile() +
                                       "}\nhook_hosts: [ci.example, '[::1]:80']\nhook_max_attempts: 7\n"
                                       "hooks:\n- {name: a, url: 'http://[::1]/', triggers: [manual], secret: out}\n",
                                   &options);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(options.webhook_secrets, ElementsAre(Pair("in", "0123456789abcdef")));
  EXPECT_THAT(options.hooks.secrets, ElementsAre(Pair("out", "0123456789abcdef")));
  EXPECT_EQ(options.hooks.max_attempts, 7);
  ASSERT_EQ(options.hooks.configured.size(), 1u);
  EXPECT_EQ(options.hooks.configured[0].secret(), "out");
}

TEST(ReloadServerOptions, BadWebhooksAreNamed) {
  EXPECT_THAT(Refusal("webhook_secrets: {in: /nonexistent}"), HasSubstr("webhook_secrets.in: cannot open file"));
  EXPECT_THAT(Refusal("hook_hosts: ['http://a']"), HasSubstr("hook_hosts: must be a host"));
  EXPECT_THAT(Refusal("hook_max_attempts: 0"), HasSubstr("hook_max_attempts: must be a whole number from 1 to 20"));
  EXPECT_THAT(Refusal("hooks: [{name: a, url: 'http://a/'}]"), HasSubstr("hooks[0].url: host \"a:80\" is not"));
  EXPECT_THAT(Refusal("hooks: [{nme: a}]"), HasSubstr("hooks[0].nme: unknown key"));
}

}  // namespace
}  // namespace toolcatalog
