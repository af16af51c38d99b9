// The catalog dies between the commit of a write and its answer, again and again: a client that repeats its request
// with the same request id gets the answer, and the write is applied exactly once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "tests/e2e/proxied_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

constexpr int kDeaths = 100;

std::string IdOf(int number) { return absl::StrFormat("00000000-0000-4000-8000-%012d", number); }

class RetryTest : public ProxiedFixture {
 protected:
  // It is the first catalog that dies.
  void SetUp() override {
    ProxiedFixture::SetUp();
    if (!HasFatalFailure()) CreateTools({"tool-0", "tool-1"});
  }

  // A call as its bytes, to compare answers of different methods.
  template <typename Request, typename Response>
  using Method = grpc::Status (v1::CatalogService::Stub::*)(grpc::ClientContext*, const Request&, Response*);
  template <typename Request, typename Response>
  static absl::StatusOr<std::string> CallAt(v1::CatalogService::Stub& catalog, Method<Request, Response> method,
                                            const Request& request, const std::string& actor) {
    grpc::ClientContext context;
    context.AddMetadata("x-actor", actor);
    Response response;
    const grpc::Status status = (catalog.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return Deterministic(response);
  }
  template <typename Request, typename Response>
  absl::StatusOr<std::string> Call(int service, Method<Request, Response> method, const Request& request,
                                   const std::string& actor) {
    return CallAt(catalog(service), method, request, actor);
  }

  // The write number `number`, each of another kind than the one before.
  absl::StatusOr<std::string> Write(int service, int number) {
    using Stub = v1::CatalogService::Stub;
    const std::string actor = absl::StrCat("writer-", number), name = absl::StrCat("made-", number);
    switch (number % 5) {
      case 0: {
        v1::CreateToolRequest request;
        *request.mutable_tool() = SampleTool(name);
        request.mutable_tool()->clear_created_by();
        request.mutable_tool()->clear_updated_by();
        request.set_request_id(IdOf(number));
        return Call(service, &Stub::CreateTool, request, actor);
      }
      case 1: {
        v1::UpdateToolRequest request;
        request.mutable_tool()->set_tool_name("tool-0");
        request.mutable_tool()->set_description(actor);
        request.set_request_id(IdOf(number));
        return Call(service, &Stub::UpdateTool, request, actor);
      }
      case 2: {
        v1::EnableToolRequest request;
        request.set_tool_name("tool-1");
        request.mutable_options()->set_enabled(number / 5 % 2 == 1);
        request.mutable_options()->set_request_id(IdOf(number));
        return Call(service, &Stub::EnableTool, request, actor);
      }
      case 3: {
        v1::ImportToolsRequest request;
        request.set_yaml_content(
            absl::StrCat("tool_name: ", name, "\ndescription: d\nplatform: linux\ncategory: system\n"));
        request.set_request_id(IdOf(number));
        return Call(service, &Stub::ImportTools, request, actor);
      }
      default: {
        // Made by the two numbers before: one by a create, one by an import.
        v1::DeleteToolRequest request;
        request.set_tool_name(absl::StrCat("made-", number - 1));
        request.set_request_id(IdOf(number));
        return Call(service, &Stub::DeleteTool, request, actor);
      }
    }
  }

  // The catalog dies after the commit and before the answer of a write.
  void DieInWrite(int number) {
    proxy_->SetRefusing(true);
    const int cuts = proxy_->cuts();
    proxy_->CutAt(kCommit, TcpProxy::Cut::kAfterRequest, 1);
    absl::StatusOr<std::string> answer = absl::UnknownError("not called");
    std::thread caller([&] { answer = Write(0, number); });
    EXPECT_TRUE(proxy_->AwaitCuts(cuts + 1, kPatience));
    EXPECT_THAT(services().catalog_process(0).Kill(), IsOk());
    caller.join();
    EXPECT_FALSE(answer.ok()) << "write " << number << " was answered before the catalog died";
    proxy_->SetRefusing(false);
    ASSERT_THAT(services().catalog_process(0).Restart(), IsOk());
  }
};

TEST_F(RetryTest, EachWriteIsAppliedOnceThoughTheCatalogDiesAHundredTimes) {
  const absl::StatusOr<int64_t> before = Revision(catalog(1));
  ASSERT_THAT(before, IsOk());
  for (int number = 0; number < kDeaths && !HasFatalFailure(); ++number) {
    DieInWrite(number);
    const absl::StatusOr<std::string> first = Write(number % 2, number);
    ASSERT_THAT(first, IsOk()) << number;
    const absl::StatusOr<std::string> again = Write(1 - number % 2, number);
    ASSERT_THAT(again, IsOk()) << number;
    EXPECT_EQ(*first, *again) << number;
  }
  EXPECT_EQ(Revision(catalog(1)).value_or(-1), *before + kDeaths);
  const auto log = Changes(catalog(1));
  ASSERT_THAT(log, IsOk());
  std::map<std::string, int> changes;
  for (const v1::Change& change : *log) ++changes[change.actor()];
  for (int number = 0; number < kDeaths; ++number) EXPECT_EQ(changes[absl::StrCat("writer-", number)], 1) << number;
}

TEST_F(RetryTest, AnIdIsRefusedForAnotherBody) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("tool-0");
  request.mutable_tool()->set_description("one");
  request.set_request_id(IdOf(1));
  ASSERT_THAT(Call(0, &v1::CatalogService::Stub::UpdateTool, request, "ann"), IsOk());
  request.mutable_tool()->set_description("two");
  const absl::Status refused = Call(1, &v1::CatalogService::Stub::UpdateTool, request, "ann").status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(HasReason(refused, Reason::kRequestIdReused));
  EXPECT_EQ(ErrorMetadata(refused, kOutcomeKey), kNotExecuted);
  EXPECT_EQ(Get(catalog(0), "tool-0").value().tool().description(), "one");
  EXPECT_THAT(Call(1, &v1::CatalogService::Stub::UpdateTool, request, "bob"), IsOk()) << "another actor's id";
  request.set_request_id("not a uuid");
  EXPECT_THAT(std::string(Call(1, &v1::CatalogService::Stub::UpdateTool, request, "ann").status().message()),
              testing::HasSubstr("request_id: must be a UUID, got \"not a uuid\""));
}

// The second catalog knows fewer platforms than the first.
TEST_F(RetryTest, ARetryIsAnsweredThoughTheReplicaHasOtherRules) {
  v1::CreateToolRequest create;
  *create.mutable_tool() = SampleTool("on-linux");
  create.mutable_tool()->clear_created_by();
  create.mutable_tool()->clear_updated_by();
  create.set_request_id("ABCDEF00-0000-4000-8000-000000000001");
  v1::ImportToolsRequest import;
  import.set_yaml_content(
      "tool_name: a\ndescription: d\nplatform: linux\ncategory: system\n---\n"
      "tool_name: b\ndescription: d\nplatform: custom\ncategory: system\n");
  import.set_request_id("ABCDEF00-0000-4000-8000-000000000002");
  const auto created = Call(0, &v1::CatalogService::Stub::CreateTool, create, "ann");
  ASSERT_THAT(created, IsOk());
  ASSERT_THAT(Call(0, &v1::CatalogService::Stub::ImportTools, import, "ann"), IsOk());
  auto narrow = ServiceFixture::Start({{conninfo()}, {}, "platforms: [custom]\n", ""});
  ASSERT_THAT(narrow, IsOk());
  create.set_request_id("abcdef00-0000-4000-8000-000000000001");
  const auto again = CallAt((*narrow)->catalog(), &v1::CatalogService::Stub::CreateTool, create, "ann");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*again, *created);
  const absl::Status other =
      CallAt((*narrow)->catalog(), &v1::CatalogService::Stub::ImportTools, import, "ann").status();
  EXPECT_THAT(other, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ErrorMetadata(other, kOutcomeKey), kOutcomeUnknown);
  EXPECT_FALSE(Call(1, &v1::CatalogService::Stub::CreateTool, create, "bob").ok()) << "another actor's request";
}

}  // namespace
}  // namespace toolcatalog
