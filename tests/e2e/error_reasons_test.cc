// Every error of both services says why, in a `google.rpc.ErrorInfo` whose reason is in the table of reasons.

#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "google/rpc/error_info.pb.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/named_calls.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kMaxDepth = 3;

// A call that fails, and why.
struct Failure {
  std::string method;
  // As JSON.
  std::string request;
  Reason reason;
};

// The table's entry of a reason, or null.
const ReasonEntry* FindEntry(absl::string_view name) {
  for (int i = 0; i <= static_cast<int>(Reason::kUnimplemented); ++i) {
    const ReasonEntry& entry = EntryOf(static_cast<Reason>(i));
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

// Whether a value of the field can be wrong. Any truth value is right, and so is any map.
bool CanBreak(const FieldDescriptor& field, int depth = 0) {
  if (field.is_map() || depth > kMaxDepth) return false;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return false;
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return true;
  const Descriptor& type = *field.message_type();
  for (int i = 0; i < type.field_count(); ++i) {
    if (CanBreak(*type.field(i), depth + 1)) return true;
  }
  return false;
}

// Puts a value into the field that no rule allows: a text with control characters, a number below all bounds.
void Break(const FieldDescriptor& field, Message* message, int depth = 0) {
  if (!CanBreak(field, depth)) return;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const auto& reflection = *message->GetReflection();
    Message* inner =
        field.is_repeated() ? reflection.AddMessage(message, &field) : reflection.MutableMessage(message, &field);
    for (int i = 0; i < field.message_type()->field_count(); ++i)
      Break(*field.message_type()->field(i), inner, depth + 1);
    return;
  }
  const std::string value = field.type() == FieldDescriptor::TYPE_BYTES ? "\"YSABIGI=\""  // the same in base64
                            : field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ? "\"a \\u0001 b\""
                            : field.type() == FieldDescriptor::TYPE_ENUM          ? "999"
                                                                                  : "-1";
  const std::string json = absl::StrCat("{\"", field.name(), "\": ", field.is_repeated() ? "[" : "", value,
                                        field.is_repeated() ? "]" : "", "}");
  std::unique_ptr<Message> part(message->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, part.get());
  EXPECT_TRUE(parsed.ok()) << json << ": " << parsed.ToString();
  message->MergeFrom(*part);
}

class ErrorReasonsTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {0});
    if (!HasFatalFailure()) CreateTools({"tool-0"});
  }

  std::shared_ptr<grpc::Channel> ChannelOf(const MethodDescriptor& method) {
    const bool is_reload = method.service()->full_name() == v1::ReloadService::service_full_name();
    return is_reload ? services().reload_process().channel() : services().catalog_process().channel();
  }

  static std::unique_ptr<Message> NewRequest(const MethodDescriptor& method) {
    const auto* factory = google::protobuf::MessageFactory::generated_factory();
    return std::unique_ptr<Message>(
        const_cast<google::protobuf::MessageFactory*>(factory)->GetPrototype(method.input_type())->New());
  }

  // The call's status. An error has one ErrorInfo, of our domain, and the code of its reason.
  absl::Status Call(const MethodDescriptor& method, const Message& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const absl::Status status = CallByName(ChannelOf(method), method, request, &context);
    if (status.ok()) return status;
    google::rpc::ErrorInfo info;
    const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
    EXPECT_TRUE(payload.has_value() && info.ParseFromString(std::string(*payload))) << method.name() << ": " << status;
    EXPECT_EQ(info.domain(), "toolcatalog") << method.name() << ": " << status;
    const ReasonEntry* entry = FindEntry(info.reason());
    EXPECT_NE(entry, nullptr) << method.name() << ": " << info.reason();
    if (entry != nullptr) {
      EXPECT_EQ(status.code(), entry->code) << method.name() << ": " << status;
    }
    return status;
  }

  // Breaks each field alone, then all of them.
  void ExpectReasons(const MethodDescriptor& method) {
    const std::unique_ptr<Message> all = NewRequest(method);
    int breakable = 0;
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
      const FieldDescriptor& field = *method.input_type()->field(i);
      if (!CanBreak(field)) continue;
      ++breakable;
      const std::unique_ptr<Message> one = NewRequest(method);
      Break(field, one.get());
      if (field.real_containing_oneof() == nullptr) Break(field, all.get());
      const absl::Status status = Call(method, *one);
      EXPECT_FALSE(absl::IsInternal(status) || absl::IsUnavailable(status)) << method.name() << ": " << status;
    }
    if (breakable > 0) {
      EXPECT_THAT(Call(method, *all), testing::Not(IsOk())) << method.name();
    }
  }

  // Makes the call, which must fail for this reason.
  void ExpectFailure(const std::string& service, const Failure& failure) { FailureOf(service, failure).IgnoreError(); }
  // The same, with the status to look at.
  absl::Status FailureOf(const std::string& service, const Failure& failure) {
    for (const MethodDescriptor* method : UnaryMethods(service)) {
      if (method->name() != failure.method) continue;
      const std::unique_ptr<Message> request = NewRequest(*method);
      const auto parsed = google::protobuf::util::JsonStringToMessage(failure.request, request.get());
      EXPECT_TRUE(parsed.ok()) << failure.request << ": " << parsed.ToString();
      const absl::Status status = Call(*method, *request);
      EXPECT_EQ(ErrorReason(status), EntryOf(failure.reason).name) << failure.method << ": " << status;
      return status;
    }
    ADD_FAILURE() << failure.method << " is no method of " << service;
    return absl::OkStatus();
  }

  // Makes a call that must succeed.
  void Do(const std::string& service, const std::string& name, const std::string& json) {
    for (const MethodDescriptor* method : UnaryMethods(service)) {
      if (method->name() != name) continue;
      const std::unique_ptr<Message> request = NewRequest(*method);
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, request.get()).ok()) << json;
      EXPECT_THAT(Call(*method, *request), IsOk()) << name;
    }
  }

  const std::string catalog_ = v1::CatalogService::service_full_name();
  const std::string reload_ = v1::ReloadService::service_full_name();
};

TEST_F(ErrorReasonsTest, WhateverABrokenRequestIsAnsweredHasAReason) {
  int methods = 0;
  for (const std::string& service : {catalog_, reload_}) {
    for (const MethodDescriptor* method : UnaryMethods(service)) {
      ExpectReasons(*method);
      ++methods;
    }
  }
  EXPECT_GT(methods, 25);
}

TEST_F(ErrorReasonsTest, AWriteTellsItsCauseAndThatNothingWasStored) {
  constexpr char kId[] = "00000000-0000-4000-8000-000000000001";
  Do(catalog_, "DisableTool", absl::StrCat(R"({"tool_name": "tool-0", "options": {"request_id": ")", kId, "\"}}"));
  const std::vector<Failure> failures = {
      {"CreateTool", R"({"tool": {"description": "no name"}})", Reason::kInvalidField},
      {"CreateTool",
       R"({"tool": {"tool_name": "tool-0", "version": "1.0", "description": "d", "platform": "linux",
           "category": "system"}})",
       Reason::kToolExists},
      {"UpdateTool", R"({"tool": {"tool_name": "tool-0", "description": "x", "etag": "1-0000000000000000"}})",
       Reason::kEtagMismatch},
      {"UpdateTool", R"({"tool": {"tool_name": "nothing", "description": "x"}})", Reason::kToolNotFound},
      {"DeleteTool", R"({"tool_name": "nothing"})", Reason::kToolNotFound},
      {"DeleteTool", R"({"tool_name": "tool-0", "version": "7"})", Reason::kVersionNotFound},
      {"PromoteToolVersion", R"({"tool_name": "tool-0", "version": "7"})", Reason::kVersionNotFound},
      {"EnableTool", absl::StrCat(R"({"tool_name": "tool-0", "options": {"request_id": ")", kId, "\"}}"),
       Reason::kRequestIdReused},
      {"RollbackTool", R"({"tool_name": "tool-0", "to_revision": 999})", Reason::kRevisionUnavailable},
      {"ImportTools", R"({"yaml_content": "["})", Reason::kInvalidField},
  };
  for (const Failure& failure : failures) {
    const absl::Status status = FailureOf(catalog_, failure);
    EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted) << failure.method;
  }
  Do(catalog_, "DeleteTool", R"({"tool_name": "tool-0"})");
  ExpectFailure(catalog_, {"RollbackTool", R"({"tool_name": "tool-0", "to_revision": 3})", Reason::kDeletedInRevision});
}

TEST_F(ErrorReasonsTest, AReadOfTheCatalogTellsItsCause) {
  const absl::Status gone = FailureOf(catalog_, {"GetTool", R"({"tool_name": "nothing"})", Reason::kToolNotFound});
  EXPECT_EQ(ErrorMetadata(gone, "tool_name"), "nothing");
  EXPECT_EQ(ErrorMetadata(gone, "as_of_revision"), "1");
  EXPECT_EQ(ErrorMetadata(gone, kOutcomeKey), "");
  const absl::Status version =
      FailureOf(catalog_, {"GetTool", R"({"tool_name": "tool-0", "version": "7"})", Reason::kVersionNotFound});
  EXPECT_EQ(ErrorMetadata(version, "version"), "7");
  ExpectFailure(catalog_, {"GetTool", R"({"tool_name": "tool-0", "revision": 9})", Reason::kRevisionUnavailable});
  ExpectFailure(catalog_, {"ListToolVersions", R"({"tool_name": "nothing"})", Reason::kToolNotFound});
  ExpectFailure(catalog_, {"SearchTools", "{}", Reason::kInvalidField});
}

TEST_F(ErrorReasonsTest, TheReloadServiceTellsItsCause) {
  const absl::Status gone = FailureOf(reload_, {"GetProfile", R"({"tool_name": "nothing"})", Reason::kProfileNotFound});
  EXPECT_EQ(ErrorMetadata(gone, "tool_name"), "nothing");
  ExpectFailure(reload_, {"GetProfile", R"({"tool_name": "a b"})", Reason::kInvalidField});
  ExpectFailure(reload_, {"GetReloadStatistics", R"({"replica": "nobody"})", Reason::kReplicaNotFound});
  ExpectFailure(reload_, {"DeleteHook", R"({"name": "nothing"})", Reason::kHookNotFound});
  ExpectFailure(
      reload_, {"CreateHook", R"({"hook": {"name": "h", "url": "http://example.com/"}})", Reason::kHookHostNotAllowed});
  ExpectFailure(reload_, {"ReceiveWebhook", R"({"body": "e30="})", Reason::kWebhookSecretMissing});
  ExpectFailure(reload_, {"WaitForRevision", R"({"revision": 999})", Reason::kRevisionUnavailable});
  Do(reload_, "Freeze", R"({"reason": "release day"})");
  ExpectFailure(reload_, {"TriggerReload", R"({"tool_name": "tool-0"})", Reason::kReplicaFrozen});
}

TEST_F(ErrorReasonsTest, TheReloadServiceTellsThatTheCatalogIsAway) {
  ASSERT_THAT(services().catalog_process().Kill(), IsOk());
  ExpectFailure(reload_, {"GetReloadStatistics", R"({"all": true})", Reason::kCatalogUnavailable});
  ExpectFailure(reload_, {"DeleteHook", R"({"name": "nothing"})", Reason::kCatalogUnavailable});
}

}  // namespace
}  // namespace toolcatalog
