#include "reload_service/hooks/hook_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HookRulesTest : public ::testing::Test {
 protected:
  HookRulesTest() {
    hook_.set_name("ci");
    hook_.set_url("https://ci.example/hook");
  }

  absl::Status Check() { return CheckHook("hook", hook_, hosts_, {{"signing", "0123456789abcdef"}}); }

  std::string Refusal() {
    const absl::Status status = Check();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  v1::Hook hook_;
  const HookHosts hosts_ = *HookHosts::FromList({"ci.example"});
};

TEST_F(HookRulesTest, AGoodHookPasses) {
  EXPECT_TRUE(Check().ok()) << Check();
  for (const char* trigger : {"manual", "api_update", "periodic", "webhook", "startup"}) hook_.add_triggers(trigger);
  hook_.set_secret("signing");
  EXPECT_TRUE(Check().ok()) << Check();
}

TEST_F(HookRulesTest, NamesAreNames) {
  for (const char* name : {"", ".", "..", "a b", "-a", "a/b", "caf\xC3\xA9"}) {
    hook_.set_name(name);
    EXPECT_THAT(Refusal(), HasSubstr("hook.name: ")) << name;
  }
  hook_.set_name(std::string(101, 'a'));
  EXPECT_THAT(Refusal(), HasSubstr("hook.name: "));
  // Its path would be that of the dead letters.
  hook_.set_name("Dead-Letters");
  EXPECT_EQ(Refusal(), "hook.name: must not be a reserved name, got \"Dead-Letters\"");
}

TEST_F(HookRulesTest, TriggersAreKnown) {
  hook_.add_triggers("manual");
  hook_.add_triggers("hourly");
  EXPECT_EQ(Refusal(),
            "hook.triggers[1]: unknown value \"hourly\"; allowed: manual, api_update, periodic, webhook, startup");
  hook_.set_triggers(1, "manual");
  EXPECT_EQ(Refusal(), "hook.triggers[1]: must not repeat a value, got \"manual\"");
}

TEST_F(HookRulesTest, SecretsAreConfigured) {
  hook_.set_secret("other");
  EXPECT_THAT(Refusal(),
              testing::StartsWith("hook.secret: must be the name of one of the configured hook_secrets; there "));
}

TEST_F(HookRulesTest, UrlsAreHttpAndLeadToAllowedHosts) {
  hook_.set_url("");
  EXPECT_EQ(Refusal(), "hook.url: is required");
  hook_.set_url("ftp://ci.example/");
  EXPECT_EQ(Refusal(), "hook.url: must be an absolute http or https URL, got \"ftp://ci.example/\"");
  hook_.set_url("http://evil.example/");
  EXPECT_TRUE(absl::IsFailedPrecondition(Check()));
  EXPECT_EQ(Check().message(), "hook.url: host \"evil.example:80\" is not on the configured list of hook_hosts");
}

TEST_F(HookRulesTest, ConfiguredHooksAreRead) {
  Config::Section section{{{"name", "ci"}, {"url", "https://ci.example/"}, {"secret", "signing"}},
                          {{"triggers", {"manual", "webhook"}}}};
  const auto hooks = ReadHooks({section}, hosts_, {{"signing", "0123456789abcdef"}});
  ASSERT_TRUE(hooks.ok()) << hooks.status();
  ASSERT_EQ(hooks->size(), 1u);
  EXPECT_EQ((*hooks)[0].name(), "ci");
  EXPECT_EQ((*hooks)[0].secret(), "signing");
  EXPECT_THAT((*hooks)[0].triggers(), ElementsAre("manual", "webhook"));
}

TEST_F(HookRulesTest, BadConfiguredHooksAreNamedWithTheirPath) {
  const Config::Section good{{{"name", "ci"}, {"url", "https://ci.example/"}}, {}};
  Config::Section away = good, again = good;
  away.texts["name"] = "away";
  away.texts["url"] = "http://evil.example/";
  again.texts["name"] = "CI";
  EXPECT_THAT(std::string(ReadHooks({good, away}, hosts_, {}).status().message()), HasSubstr("hooks[1].url: host"));
  EXPECT_THAT(std::string(ReadHooks({good, again}, hosts_, {}).status().message()),
              HasSubstr("hooks[1].name: must stand once only"));
  EXPECT_THAT(std::string(ReadHooks(std::vector<Config::Section>(101, good), hosts_, {}).status().message()),
              HasSubstr("at most 100"));
}

}  // namespace
}  // namespace toolcatalog
