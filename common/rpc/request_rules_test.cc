#include "common/rpc/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "toolcatalog/v1/profile.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

using Check = void (*)(absl::string_view path, absl::string_view value, std::vector<Violation>& violations);

// What a check says of a value of the field "field", or "OK".
std::string Broken(Check check, absl::string_view value) {
  std::vector<Violation> violations;
  check("field", value, violations);
  const absl::Status status = StatusOf(violations);
  return status.ok() ? "OK" : Message(status);
}

// There are two of that name.
constexpr Check CheckName = CheckToolName;

TEST(RequestRulesTest, ToolNames) {
  for (const char* name : {"grep", "Grep_2.0-x", "7z"}) EXPECT_EQ(Broken(CheckName, name), "OK") << name;
  EXPECT_EQ(Broken(CheckName, std::string(100, 'a')), "OK");
  for (const std::string& name : {std::string(), std::string("../../evil"), std::string("a b"), std::string("_a"),
                                  std::string("caf\xC3\xA9"), std::string(101, 'a')}) {
    EXPECT_THAT(Broken(CheckName, name), StartsWith("field: ")) << name;
  }
  EXPECT_EQ(Broken(CheckOptionalToolName, ""), "OK");
  EXPECT_THAT(Broken(CheckOptionalToolName, "a b"), StartsWith("field: "));
}

// The path of a REST call cannot hold "." and "..": clients remove them.
TEST(RequestRulesTest, NamesOfHooksStandInPaths) {
  for (const auto check : {CheckHookName, CheckNewHookName}) {
    for (const char* name : {"ci", "Team_a-1.x", "0"}) EXPECT_EQ(Broken(check, name), "OK") << name;
    for (const char* name : {"", ".", "..", "a/b", "a b", "-a"}) {
      EXPECT_THAT(Broken(check, name), StartsWith("field: ")) << name;
    }
  }
  EXPECT_EQ(Broken(CheckHookName, "Dead-Letters"), "OK");
  EXPECT_EQ(Broken(CheckNewHookName, "Dead-Letters"), "field: must not be a reserved name, got \"Dead-Letters\"");
}

TEST(RequestRulesTest, ShortTexts) {
  EXPECT_TRUE(CheckShortText("triggered_by", "").ok());
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xBC";
  EXPECT_TRUE(CheckShortText("triggered_by", umlauts).ok());
  EXPECT_EQ(Message(CheckShortText("triggered_by", umlauts + "x")),
            "triggered_by: must be at most 100 characters, got 101");
  EXPECT_THAT(Message(CheckShortText("triggered_by", "a\nb")), HasSubstr("must be printable"));
  EXPECT_THAT(Message(CheckShortText("triggered_by", "a\xC2\x85")), HasSubstr("must be printable"));
  EXPECT_EQ(Broken(RequireShortText, ""), "field: is required");
  EXPECT_EQ(Broken(RequireShortText, "a"), "OK");
}

TEST(RequestRulesTest, Numbers) {
  std::vector<Violation> violations;
  CheckAtLeast("a", 1, 1, violations);
  CheckAtMost("a", 1, 1, violations);
  CheckBytes("a", 1, 1, violations);
  EXPECT_TRUE(CheckEntries("a", 1, 1, violations));
  EXPECT_TRUE(StatusOf(violations).ok());
  CheckAtLeast("a", 1, 0, violations);
  CheckAtMost("b", 1, 2, violations);
  CheckBytes("c", 1, 2, violations);
  EXPECT_FALSE(CheckEntries("d", 1, 2, violations));
  EXPECT_EQ(Message(StatusOf(violations)),
            "a: must be at least 1, got 0; b: must be at most 1, got 2; c: must be at most 1 bytes, got 2; "
            "d: must have at most 1 entries, got 2");
}

TEST(RequestRulesTest, Triggers) {
  EXPECT_EQ(Broken(CheckTrigger, "webhook"), "OK");
  EXPECT_EQ(Broken(CheckTrigger, "often"),
            "field: unknown value \"often\"; allowed: manual, api_update, periodic, webhook, startup");
  EXPECT_THAT(Broken(CheckTrigger, ""), StartsWith("field: unknown value \"\""));
}

TEST(RequestRulesTest, ListsOfTriggers) {
  const auto broken = [](const std::vector<std::string>& triggers) {
    std::vector<Violation> violations;
    CheckTriggers("t", {triggers.begin(), triggers.end()}, violations);
    return Message(StatusOf(violations));
  };
  EXPECT_EQ(broken({}), "");
  EXPECT_EQ(broken({"manual", "webhook"}), "");
  EXPECT_EQ(broken({"manual", "often"}),
            "t[1]: unknown value \"often\"; allowed: manual, api_update, periodic, webhook, startup");
  EXPECT_EQ(broken({"manual", "manual"}), "t[1]: must not repeat a value, got \"manual\"");
  EXPECT_EQ(broken(std::vector<std::string>(6, "manual")), "t: must have at most 5 entries, got 6");
}

}  // namespace
}  // namespace toolcatalog
