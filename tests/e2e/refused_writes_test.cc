// Every write that can be repeated, with every field broken: the catalog answers each with an error that has its
// details, the same once more when it is repeated, stores nothing, and lives on.

#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/named_calls.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// A request as JSON that would be carried out, by method.
const std::map<std::string, std::string>& GoodRequests() {
  static const auto* requests = new std::map<std::string, std::string>{
      {"CreateTool",
       R"({"tool": {"tool_name": "new", "description": "d", "platform": "linux", "category": "system"}})"},
      {"UpdateTool", R"({"tool": {"tool_name": "tool-0", "description": "changed"}})"},
      {"DeleteTool", R"({"tool_name": "tool-0"})"},
      {"EnableTool", R"({"tool_name": "tool-0", "options": {"enabled": false}})"},
      {"DisableTool", R"({"tool_name": "tool-0", "options": {}})"},
      {"PromoteToolVersion", R"({"tool_name": "tool-0", "version": "1.0"})"},
      {"RollbackTool", R"({"tool_name": "tool-0", "to_revision": 1})"},
      {"ImportTools", R"({"yaml_content": "tool_name: new\ndescription: d\nplatform: linux\ncategory: system\n"})"},
  };
  return *requests;
}

std::string Text(size_t length) { return absl::StrCat("\"", std::string(length, 'x'), "\""); }

// Values as JSON, each of which alone makes any request wrong that has the field, by the field's path. A field without
// any cannot be wrong.
const std::map<std::string, std::vector<std::string>>& BrokenValues() {
  static const std::vector<std::string> paths(1001, "description");
  static const std::vector<std::string> ids = {R"("not a uuid")", R"("00000000-0000-4000-8000-00000000000g")",
                                               Text(10000)};
  static const std::vector<std::string> reasons = {Text(1001), R"("two\nlines")", R"("\u0000")"};
  static const auto* values = new std::map<std::string, std::vector<std::string>>{
      {"tool_name", {R"("")", R"("a b")", R"("../tool-0")", R"("t\u00f6\u00f6l")", R"("unknown")", Text(101)}},
      {"version", {R"("a b")", R"("\u00fc")", R"("7")", Text(1000)}},
      {"etag", {R"("1-0000000000000000")", R"("nonsense")", R"("\u0000")", Text(4096), Text(5000)}},
      {"to_revision", {"-1", "0", "2", "999999999", "9223372036854775807", "-9223372036854775808"}},
      {"request_id", ids},
      {"options.request_id", ids},
      {"reason", reasons},
      {"options.reason", reasons},
      {"update_mask",
       {R"("")", R"("noSuchField")", R"("toolName")", R"("description.x")",
        absl::StrCat("\"", absl::StrJoin(paths, ","), "\"")}},
      {"tool",
       {"{}", R"({"description": "no name"})", R"({"tool_name": "a b", "description": "d"})",
        R"({"tool_name": "tool-0", "platform": "amiga"})", R"({"tool_name": "tool-0", "version": "a b"})",
        R"({"tool_name": "tool-0", "description": "d", "updated_by": "two\nlines"})",
        R"({"tool_name": "tool-0", "sunset_at": "1970-01-01T00:00:00Z"})",
        R"({"tool_name": "tool-0", "metadata": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}, "platform": "amiga"})",
        absl::StrCat(R"({"tool_name": "tool-0", "description": )", Text(300000), "}"),
        absl::StrCat(R"({"tool_name": "tool-0", "etag": )", Text(5000), "}")}},
      {"yaml_content",
       {R"("")", R"("tool_name: [")", R"("a: *b")", R"("\t- x")", R"("%YAML 9")", R"("a: b: c")", R"("\u0000")",
        R"("# nothing")"}},
  };
  return *values;
}

const std::set<std::string>& FieldsThatCannotBeWrong() {
  static const auto* fields = new std::set<std::string>{
      "validate_only", "overwrite", "atomic", "options.enabled", "options.validate_only", "enabled"};
  return *fields;
}

// Headers that no write takes; an import takes any `if-match`, for it has none.
struct BadHeader {
  const char* name;
  std::string value;
  bool passes_import = false;
};
const std::vector<BadHeader>& BadHeaders() {
  static const auto* headers = new std::vector<BadHeader>{
      {"if-match", "unquoted", true},     {"if-match", "\"open", true},
      {"if-match", "\"nonsense\"", true}, {"if-match", absl::StrCat("\"", std::string(5000, 'x'), "\""), true},
      {"x-actor", std::string(101, 'x')}, {"x-request-id", std::string(101, 'x')},
  };
  return *headers;
}

// The message that has the request id, if there is one: the request itself or its options.
const FieldDescriptor* OptionsOf(const google::protobuf::Descriptor& request) {
  const FieldDescriptor* options = request.FindFieldByName("options");
  return options != nullptr && options->message_type()->FindFieldByName("request_id") != nullptr ? options : nullptr;
}

// All but StreamImport, whose request is several messages: stream_import_test.cc breaks those.
std::vector<const MethodDescriptor*> RepeatableWrites() {
  std::vector<const MethodDescriptor*> writes;
  for (const MethodDescriptor* method : UnaryMethods(v1::CatalogService::service_full_name())) {
    const auto& request = *method->input_type();
    if (request.FindFieldByName("request_id") != nullptr || OptionsOf(request) != nullptr) writes.push_back(method);
  }
  return writes;
}

// Paths of the fields of a request; those of its options count, but a tool is one field.
std::vector<std::string> FieldsOf(const google::protobuf::Descriptor& request) {
  std::vector<std::string> fields;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (field != OptionsOf(request)) {
      fields.push_back(field->name());
      continue;
    }
    for (const std::string& inner : FieldsOf(*field->message_type())) {
      fields.push_back(absl::StrCat(field->name(), ".", inner));
    }
  }
  return fields;
}

class RefusedWritesTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {});
    if (!HasFatalFailure()) CreateTools({"tool-0", "tool-1"});
    channel_ = services().catalog_process().channel();
    pid_ = services().catalog_process().process().pid();
  }

  static std::unique_ptr<Message> GoodRequest(const MethodDescriptor& method) {
    const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type());
    std::unique_ptr<Message> request(prototype->New());
    const auto found = GoodRequests().find(method.name());
    EXPECT_NE(found, GoodRequests().end()) << method.name() << " has no request in this test";
    if (found == GoodRequests().end()) return nullptr;
    Merge(found->second, *request);
    return request;
  }

  static void Merge(const std::string& json, Message& request) {
    std::unique_ptr<Message> part(request.New());
    const auto status = google::protobuf::util::JsonStringToMessage(json, part.get());
    ASSERT_TRUE(status.ok()) << json << ": " << status.ToString();
    request.MergeFrom(*part);
  }

  // Replaces the field at `path`.
  static void Put(const std::string& path, const std::string& json, Message& request) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(path.substr(0, dot));
    if (dot != std::string::npos) {
      return Put(path.substr(dot + 1), json, *request.GetReflection()->MutableMessage(&request, field));
    }
    request.GetReflection()->ClearField(&request, field);
    Merge(absl::StrCat("{\"", path, "\": ", json, "}"), request);
  }

  static void PutId(const std::string& id, Message& request) {
    const bool in_options = OptionsOf(*request.GetDescriptor()) != nullptr;
    Put(in_options ? "options.request_id" : "request_id", absl::StrCat("\"", id, "\""), request);
  }

  static void SetFlags(Message& message) {
    const auto& type = *message.GetDescriptor();
    for (const char* flag : {"validate_only", "overwrite", "atomic"}) {
      const FieldDescriptor* field = type.FindFieldByName(flag);
      if (field != nullptr) message.GetReflection()->SetBool(&message, field, true);
    }
  }

  // Calls the method by its name, as any client may.
  absl::Status Call(const MethodDescriptor& method, const Message& request, const BadHeader* header = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (header != nullptr) context.AddMetadata(header->name, header->value);
    return CallByName(channel_, method, request, &context);
  }

  // The same error twice, and the same process afterwards, with nothing stored.
  void ExpectRefused(const MethodDescriptor& method, const Message& request, const BadHeader* header = nullptr) {
    const absl::Status first = Call(method, request, header);
    EXPECT_THAT(first, testing::Not(IsOk()));
    EXPECT_THAT(first, testing::Not(HasCode(absl::StatusCode::kUnavailable)));
    EXPECT_THAT(first, testing::Not(HasCode(absl::StatusCode::kInternal)));
    EXPECT_NE(ErrorReason(first), "");
    EXPECT_EQ(ErrorMetadata(first, kOutcomeKey), kNotExecuted) << first;
    EXPECT_EQ(Call(method, request, header), first) << "when it is repeated";
    EXPECT_EQ(Revision(catalog()).value_or(-1), kTools) << first;
    ASSERT_EQ(services().catalog_process().process().pid(), pid_);
  }

  // Each broken value and header: with an id and without, with and without the flags that a request may have.
  void ExpectAllRefused(const MethodDescriptor& method) {
    for (const bool with_id : {true, false}) {
      for (const bool with_flags : {false, true}) {
        SCOPED_TRACE(absl::StrCat(method.name(), with_id ? " with" : " without", " id, flags ", with_flags));
        ExpectAllRefused(method, with_id, with_flags);
        if (HasFatalFailure()) return;
      }
    }
  }
  void ExpectAllRefused(const MethodDescriptor& method, bool with_id, bool with_flags) {
    const auto make = [&] {
      std::unique_ptr<Message> request = GoodRequest(method);
      if (request != nullptr && with_id) PutId(absl::StrFormat("00000000-0000-4000-8000-%012d", ++ids_), *request);
      if (request != nullptr && with_flags) SetFlags(*request);
      return request;
    };
    for (const std::string& field : FieldsOf(*method.input_type())) {
      if (FieldsThatCannotBeWrong().count(field) > 0) continue;
      const auto values = BrokenValues().find(field);
      ASSERT_NE(values, BrokenValues().end()) << field << " has no broken value in this test";
      for (const std::string& value : values->second) {
        SCOPED_TRACE(absl::StrCat(field, ": ", value.substr(0, 60)));
        const auto request = make();
        ASSERT_NE(request, nullptr);
        Put(field, value, *request);
        ExpectRefused(method, *request);
        if (HasFatalFailure()) return;
      }
    }
    for (const BadHeader& header : BadHeaders()) {
      if (header.passes_import && method.name() == "ImportTools") continue;
      SCOPED_TRACE(absl::StrCat(header.name, ": ", header.value.substr(0, 60)));
      const auto request = make();
      ASSERT_NE(request, nullptr);
      ExpectRefused(method, *request, &header);
      if (HasFatalFailure()) return;
    }
  }

  // Each made a revision.
  static constexpr int64_t kTools = 2;

  std::shared_ptr<grpc::Channel> channel_;
  pid_t pid_ = 0;
  int ids_ = 0;
};

TEST_F(RefusedWritesTest, EachIsAnsweredTheSameTwiceAndTheCatalogLives) {
  const std::vector<const MethodDescriptor*> writes = RepeatableWrites();
  EXPECT_EQ(writes.size(), GoodRequests().size());
  for (const MethodDescriptor* method : writes) {
    ExpectAllRefused(*method);
    if (HasFatalFailure()) return;
  }
}

// The requests that the other test breaks are good ones, or it would show nothing.
TEST_F(RefusedWritesTest, WithoutABrokenFieldEachIsCarriedOut) {
  for (const MethodDescriptor* method : RepeatableWrites()) {
    const auto request = GoodRequest(*method);
    ASSERT_NE(request, nullptr);
    PutId(absl::StrFormat("00000000-0000-4000-8000-%012d", ++ids_), *request);
    if (method->name() == "CreateTool" || method->name() == "ImportTools") {
      Delete(catalog(), "new", "").status().IgnoreError();
    }
    const absl::Status status = Call(*method, *request);
    EXPECT_THAT(status, IsOk()) << method->name();
    EXPECT_THAT(Call(*method, *request), IsOk()) << method->name() << " when it is repeated";
    if (method->name() == "DeleteTool") CreateTools({"tool-0"});
  }
}

}  // namespace
}  // namespace toolcatalog
