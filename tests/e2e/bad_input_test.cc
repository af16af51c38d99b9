// What no caller may get into the catalog: each is refused with the field and the rule, nothing is stored, and the
// service's memory stays flat.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"
#include "google/rpc/error_details.pb.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr int kRepetitions = 50;
constexpr int64_t kMaxGrowthBytes = 48 << 20;

// A definition that the rules refuse.
struct BadTool {
  const char* description;
  std::function<void(v1::Tool&)> spoil;
  // Of the BadRequest.
  const char* field;
};

google::protobuf::Value Nested(int levels) {
  google::protobuf::Value value;
  google::protobuf::Value* inner = &value;
  for (int i = 0; i < levels; ++i) inner = &(*inner->mutable_struct_value()->mutable_fields())["inner"];
  inner->set_string_value("bottom");
  return value;
}

v1::Pattern* PatternOf(v1::Tool& tool) { return tool.mutable_capabilities(0)->mutable_patterns(0); }

const std::vector<BadTool>& BadTools() {
  static const auto* tools = new std::vector<BadTool>{
      {"a description of 900 kB", [](v1::Tool& t) { t.set_description(std::string(900000, 'x')); }, "description"},
      {"a name that walks through folders", [](v1::Tool& t) { t.set_tool_name("../../evil"); }, "tool_name"},
      {"a reserved name", [](v1::Tool& t) { t.set_tool_name("search"); }, "tool_name"},
      {"a reserved name in other letters", [](v1::Tool& t) { t.set_tool_name("Bulk-Import"); }, "tool_name"},
      {"no name", [](v1::Tool& t) { t.clear_tool_name(); }, "tool_name"},
      {"a name of 101 letters", [](v1::Tool& t) { t.set_tool_name(std::string(101, 'a')); }, "tool_name"},
      {"a name with a letter beyond ASCII", [](v1::Tool& t) { t.set_tool_name("gr\xC3\xA9p"); }, "tool_name"},
      {"a version with a space", [](v1::Tool& t) { t.set_version("1 0"); }, "version"},
      {"an unknown platform", [](v1::Tool& t) { t.set_platform("amiga"); }, "platform"},
      {"an unknown category", [](v1::Tool& t) { t.set_category("poetry"); }, "category"},
      {"an unknown status", [](v1::Tool& t) { t.set_status("sleepy"); }, "status"},
      {"an expression of 10,000 characters",
       [](v1::Tool& t) { PatternOf(t)->set_time_estimate_ms(std::string(10000, '(')); },
       "capabilities[0].patterns[0].time_estimate_ms"},
      {"an expression that multiplies text", [](v1::Tool& t) { PatternOf(t)->set_cost_estimate("\"a\"*(10**9)"); },
       "capabilities[0].patterns[0].cost_estimate"},
      {"a division by zero", [](v1::Tool& t) { PatternOf(t)->set_cost_estimate("1 / 0"); },
       "capabilities[0].patterns[0].cost_estimate"},
      {"a tool that replaces itself", [](v1::Tool& t) { t.set_replacement(t.tool_name()); }, "replacement"},
      {"a complexity of 7", [](v1::Tool& t) { PatternOf(t)->set_complexity_score(7); },
       "capabilities[0].patterns[0].complexity_score"},
      {"a complexity that is no number",
       [](v1::Tool& t) { PatternOf(t)->set_complexity_score(std::numeric_limits<double>::quiet_NaN()); },
       "capabilities[0].patterns[0].complexity_score"},
      {"an endless preference",
       [](v1::Tool& t) {
         PatternOf(t)->mutable_preference_match()->set_speed(std::numeric_limits<double>::infinity());
       },
       "capabilities[0].patterns[0].preference_match.speed"},
      {"metadata of 6 levels", [](v1::Tool& t) { (*t.mutable_metadata()->mutable_fields())["bomb"] = Nested(6); },
       "metadata"},
      {"metadata of 60 levels", [](v1::Tool& t) { (*t.mutable_metadata()->mutable_fields())["bomb"] = Nested(30); },
       "metadata"},
      {"a text with U+0000", [](v1::Tool& t) { t.set_description(std::string("a\0b", 3)); }, "description"},
      {"51 capabilities",
       [](v1::Tool& t) {
         for (int i = 0; i < 50; ++i) {
           *t.add_capabilities() = t.capabilities(0);
           t.mutable_capabilities(i + 1)->set_capability_name(absl::StrCat("capability_", i));
         }
       },
       "capabilities"},
      {"a capability twice", [](v1::Tool& t) { *t.add_capabilities() = t.capabilities(0); },
       "capabilities[1].capability_name"},
      {"a definition above 256 KiB",
       [](v1::Tool& t) {
         for (int i = 0; i < 100; ++i) {
           (*t.mutable_metadata()->mutable_fields())[absl::StrCat("key", i)].set_string_value(std::string(3500, 'x'));
         }
       },
       ""},
  };
  return *tools;
}

class BadInputTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {});
    if (!HasFatalFailure()) CreateTools({"good"});
  }

  // Resident memory of the catalog.
  int64_t MemoryBytes() {
    std::ifstream file(absl::StrCat("/proc/", services().catalog_process().process().pid(), "/statm"));
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }

  static void ExpectViolation(const absl::Status& status, const std::string& field, const char* what) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument)) << what;
    const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
    ASSERT_TRUE(payload.has_value()) << what << ": " << status;
    google::rpc::BadRequest details;
    ASSERT_TRUE(details.ParseFromString(std::string(*payload)));
    bool named = false;
    for (const auto& violation : details.field_violations()) {
      EXPECT_FALSE(violation.description().empty()) << what;
      named = named || violation.field() == field || absl::StartsWith(violation.field(), absl::StrCat(field, "."));
    }
    EXPECT_TRUE(named) << what << ": " << status;
  }

  void ExpectNothingStored(int64_t revision) {
    EXPECT_EQ(Revision(catalog()).value_or(-1), revision);
    EXPECT_EQ(LatestTools(catalog()).value().size(), 1u);
  }

  // Memory that `call` costs in all when it is made again and again.
  void ExpectFlatMemory(absl::FunctionRef<void()> call) {
    for (int i = 0; i < 5; ++i) call();
    const int64_t before = MemoryBytes();
    for (int i = 0; i < kRepetitions; ++i) call();
    const int64_t growth = MemoryBytes() - before;
    std::cout << "memory before " << before / 1024 << " KiB, growth " << growth / 1024 << " KiB\n";
    EXPECT_LT(growth, kMaxGrowthBytes);
  }
};

TEST_F(BadInputTest, CreateNamesFieldAndRule) {
  for (const BadTool& bad : BadTools()) {
    v1::Tool tool = SampleTool("bad");
    bad.spoil(tool);
    ExpectViolation(Create(catalog(), tool).status(), bad.field, bad.description);
  }
  ExpectNothingStored(1);
}

TEST_F(BadInputTest, UpdateNamesFieldAndRule) {
  for (const BadTool& bad : BadTools()) {
    v1::Tool tool = SampleTool("good");
    bad.spoil(tool);
    if (tool.tool_name() != "good" || tool.version() != "1.0") continue;
    tool.clear_version();
    ExpectViolation(Update(catalog(), tool).status(), bad.field, bad.description);
  }
  ExpectViolation(Update(catalog(), v1::Tool()).status(), "tool_name", "an empty update");
  v1::Tool name_only;
  name_only.set_tool_name("good");
  ExpectViolation(Update(catalog(), name_only).status(), "update_mask", "an update without fields");
  ExpectNothingStored(1);
}

TEST_F(BadInputTest, ReadsNameFieldAndRule) {
  grpc::ClientContext context;
  v1::ListToolsRequest list;
  list.set_page_size(-1);
  v1::ListToolsResponse page;
  ExpectViolation(FromGrpcStatus(catalog().ListTools(&context, list, &page)), "page_size", "a negative page size");
  ExpectViolation(Get(catalog(), "../../evil").status(), "tool_name", "a name that walks through folders");
  grpc::ClientContext other;
  list.clear_page_size();
  list.set_page_token("forged");
  ExpectViolation(FromGrpcStatus(catalog().ListTools(&other, list, &page)), "page_token", "a forged token");
}

// gRPC itself refuses text that is not UTF-8, in its own words.
TEST_F(BadInputTest, TextThatIsNotUtf8IsRefused) {
  v1::Tool tool = SampleTool("bad");
  tool.set_description("half a character: \xC3");
  EXPECT_FALSE(Create(catalog(), tool).ok());
  EXPECT_FALSE(Import(catalog(), "tool_name: bad\ndescription: \"\xC3\x28\"\n", false).ok());
  ExpectNothingStored(1);
}

// gRPC itself refuses the message before a call begins.
TEST_F(BadInputTest, AMessageOfMoreThan4MiBIsRefused) {
  v1::Tool tool = SampleTool("bad");
  tool.set_description(std::string(4 << 20, 'x'));
  EXPECT_THAT(Create(catalog(), tool), HasCode(absl::StatusCode::kResourceExhausted));
  ExpectNothingStored(1);
}

TEST_F(BadInputTest, ImportsOfBrokenYamlAreRefused) {
  const std::string bomb =
      "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
      "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
      "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n"
      "g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]\ntool_name: bomb\nmetadata: *g\n";
  ExpectViolation(Import(catalog(), bomb, false).status(), "yaml_content", "an alias bomb");
  ExpectViolation(Import(catalog(), "tool_name: cut\ncapabilities: {a: [", false).status(), "yaml_content",
                  "a truncated text");
  ExpectViolation(Import(catalog(), "", false).status(), "yaml_content", "an empty text");
  ExpectViolation(Import(catalog(), std::string(10000, '['), false).status(), "yaml_content", "10,000 open lists");
  ExpectNothingStored(1);
}

// Beyond what a timestamp can hold, as its time zone makes it.
TEST_F(BadInputTest, ATimeOutOfBoundsFailsItsItemAlone) {
  const auto response = Import(catalog(),
                               "tools:\n"
                               "- {tool_name: late, description: d, platform: linux, category: system, sunset_at: "
                               "\"9999-12-31T23:59:59-12:00\"}\n"
                               "- {tool_name: fine, description: d, platform: linux, category: system}\n",
                               false);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->imported_count(), 1);
  ASSERT_EQ(response->errors_size(), 1);
  EXPECT_EQ(response->errors(0).path(), "sunset_at");
}

TEST_F(BadInputTest, BadItemsOfAnImportFailOneByOne) {
  const auto response = Import(catalog(),
                               "tools:\n"
                               "- {tool_name: ../../evil, description: d, platform: linux, category: system}\n"
                               "- {tool_name: fine, description: d, platform: linux, category: system}\n"
                               "- {tool_name: where, description: d, platform: amiga, category: system}\n"
                               "- {tool_name: deep, description: d, platform: linux, category: system, metadata: "
                               "{a: {b: {c: {d: {e: {f: 1}}}}}}}\n",
                               false);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->imported_count(), 1);
  EXPECT_EQ(response->failed_count(), 3);
  ASSERT_EQ(response->errors_size(), 3);
  EXPECT_EQ(response->errors(0).path(), "tool_name");
  EXPECT_EQ(response->errors(0).line(), 2);
  EXPECT_EQ(response->errors(1).path(), "platform");
  EXPECT_EQ(response->errors(1).line(), 4);
  EXPECT_THAT(response->errors(2).path(), testing::StartsWith("metadata"));
}

TEST_F(BadInputTest, MemoryStaysFlat) {
  std::vector<v1::Tool> tools;
  for (const BadTool& bad : BadTools()) {
    tools.push_back(SampleTool("bad"));
    bad.spoil(tools.back());
  }
  const std::string long_text = absl::StrCat("tool_name: bad\ndescription: ", std::string(5 << 20, 'x'), "\n");
  ExpectFlatMemory([&] {
    for (const v1::Tool& tool : tools) EXPECT_FALSE(Create(catalog(), tool).ok());
    EXPECT_FALSE(Import(catalog(), std::string(100000, '['), false).ok());
    EXPECT_FALSE(Import(catalog(), long_text, false).ok());
  });
  ExpectNothingStored(1);
}

}  // namespace
}  // namespace toolcatalog
