#ifndef TESTS_E2E_REQUEST_FIELDS_FIXTURE_H_
#define TESTS_E2E_REQUEST_FIELDS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/grpc_status.h"
#include "google/protobuf/descriptor.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// Shows that every field of a request has an effect, and that no field was forgotten. One catalog.
class RequestFieldsFixture : public EndToEndFixture {
 protected:
  using Stub = v1::CatalogService::Stub;
  using InternalStub = internal::v1::ReplicaService::Stub;
  // A method of either service of the catalog.
  template <typename ItsStub, typename Request, typename Response>
  using Method = grpc::Status (ItsStub::*)(grpc::ClientContext*, const Request&, Response*);
  // For each field, as "Message.field", the code that shows its effect.
  using Effects = std::map<std::string, std::function<void()>>;

  void SetUp() override {
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {});
  }

  // Runs all effects. Fails the test if a field of `messages`, or of messages declared inside them, has no effect here.
  void ShowEffects(const std::vector<const google::protobuf::Descriptor*>& messages, const Effects& effects) {
    size_t fields = 0;
    for (const google::protobuf::Descriptor* message : messages) fields += ExpectEffects(*message, effects);
    EXPECT_EQ(fields, effects.size()) << "an effect of a field that does not exist";
    for (const auto& [field, show] : effects) {
      SCOPED_TRACE(field);
      show();
    }
  }

  template <typename ItsStub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<ItsStub, Request, Response> method, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (StubOf<ItsStub>().*method)(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }
  // The response of a call that must succeed; else fails the test and returns an empty one.
  template <typename ItsStub, typename Request, typename Response>
  Response Ok(Method<ItsStub, Request, Response> method, const Request& request) {
    absl::StatusOr<Response> response = Call(method, request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *std::move(response) : Response();
  }

  static v1::Tool Definition(const std::string& name, const std::string& version = "1.0") {
    v1::Tool tool;
    tool.set_tool_name(name);
    tool.set_version(version);
    tool.set_description("does something");
    tool.set_platform("linux");
    tool.set_category("system");
    return tool;
  }
  // Creates a tool and returns it as stored.
  v1::Tool Made(const v1::Tool& tool) {
    v1::CreateToolRequest request;
    *request.mutable_tool() = tool;
    return Ok(&Stub::CreateTool, request);
  }
  v1::Tool Made(const std::string& name, const std::string& version = "1.0") { return Made(Definition(name, version)); }
  // A stored version, or the latest one; fails the test if there is none.
  v1::Tool Read(const std::string& name, const std::string& version = "") {
    const auto response = Get(catalog(), name, version);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? response->tool() : v1::Tool();
  }
  bool Exists(const std::string& name, const std::string& version = "") { return Get(catalog(), name, version).ok(); }
  // The newest change in the log.
  v1::Change LastChange() {
    const auto log = Changes(catalog());
    EXPECT_THAT(log, IsOk());
    return log.ok() && !log->empty() ? log->back() : v1::Change();
  }

 private:
  template <typename ItsStub>
  ItsStub& StubOf() {
    if constexpr (std::is_same_v<ItsStub, Stub>) {
      return catalog();
    } else {
      return replica_service();
    }
  }

  static size_t ExpectEffects(const google::protobuf::Descriptor& message, const Effects& effects) {
    size_t fields = message.field_count();
    for (int i = 0; i < message.field_count(); ++i) {
      EXPECT_EQ(effects.count(message.name() + "." + message.field(i)->name()), 1u)
          << message.full_name() << "." << message.field(i)->name() << " has no test of its effect";
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      if (message.nested_type(i)->options().map_entry()) continue;
      const google::protobuf::Descriptor& nested = *message.nested_type(i);
      for (int j = 0; j < nested.field_count(); ++j) {
        EXPECT_EQ(effects.count(message.name() + "." + nested.name() + "." + nested.field(j)->name()), 1u)
            << nested.full_name() << "." << nested.field(j)->name() << " has no test of its effect";
      }
      fields += nested.field_count();
    }
    return fields;
  }
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_REQUEST_FIELDS_FIXTURE_H_
