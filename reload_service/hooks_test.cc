// Webhooks in both directions through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "reload_service/hooks/webhook_body.h"
#include "reload_service/hooks/webhook_verifier.h"
#include "reload_service/reload_server_fixture.h"
#include "tests/support/await.h"
#include "tests/support/hook_receiver.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSecret[] = "a secret of 24 bytes....";

class HooksTest : public ReloadServerFixture {
 protected:
  void SetUp() override {
    ReloadServerOptions options;
    options.webhook_secrets = {{"ci", kSecret}};
    options.hooks.hosts = *HookHosts::FromList({"127.0.0.1"});
    options.hooks.max_attempts = 1;
    v1::Hook configured;
    configured.set_name("fixed");
    configured.set_url(fixed_.Url("/fixed"));
    options.hooks.configured = {configured};
    // Webhooks of this moment are not from before the start.
    options.clock = [] { return absl::Now() + absl::Seconds(10); };
    Start(options);
  }

  grpc::Status Send(const std::string& body, const std::string& signature, v1::TriggerReloadResponse* response) {
    Context context;
    v1::ReceiveWebhookRequest request;
    request.set_body(body);
    request.set_timestamp(timestamp_);
    request.set_signature(signature);
    return stub_->ReceiveWebhook(&context, request, response);
  }

  grpc::Status Send(const std::string& body, v1::TriggerReloadResponse* response) {
    return Send(body, WebhookSignature(kSecret, timestamp_, body), response);
  }

  grpc::Status Create(const std::string& name, const std::string& url, v1::Hook* created) {
    Context context;
    v1::CreateHookRequest request;
    request.mutable_hook()->set_name(name);
    request.mutable_hook()->set_url(url);
    return stub_->CreateHook(&context, request, created);
  }

  grpc::Status Delete(const std::string& name) {
    Context context;
    v1::DeleteHookRequest request;
    request.set_name(name);
    v1::DeleteHookResponse response;
    return stub_->DeleteHook(&context, request, &response);
  }

  std::vector<v1::HookStatus> Hooks() {
    Context context;
    v1::ListHooksResponse response;
    EXPECT_TRUE(stub_->ListHooks(&context, {}, &response).ok());
    return {response.hooks().begin(), response.hooks().end()};
  }

  HookReceiver fixed_{[](const auto&) { return HttpAnswer(200); }};
  const std::string timestamp_ = absl::StrCat(absl::ToUnixSeconds(absl::Now()) + 20);
};

TEST_F(HooksTest, AWebhookReloadsOneTool) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  v1::TriggerReloadResponse response;
  const grpc::Status status = Send(R"({"tool_name": "grep", "source": "build 7"})", &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.success());
  EXPECT_EQ(response.event().trigger(), "webhook");
  EXPECT_EQ(response.event().tool_name(), "grep");
  EXPECT_EQ(response.event().triggered_by(), "build 7");
  EXPECT_EQ(Profile("grep").tool().revision(), 6);
}

TEST_F(HooksTest, WithoutASourceTheSecretIsNamed) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Send(R"({"tool_name": "grep"})", &response).ok());
  EXPECT_EQ(response.event().triggered_by(), "webhook:ci");
}

TEST_F(HooksTest, AnUnknownToolIsAnAnswer) {
  Load({TestTool("grep", "1.0", 5)});
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Send(R"({"tool_name": "invalid_tool"})", &response).ok());
  EXPECT_FALSE(response.success());
  EXPECT_EQ(response.event().error(), "Tool not found: invalid_tool");
  EXPECT_EQ(response.event().trigger(), "webhook");
}

TEST_F(HooksTest, WebhooksAreRefusedForSignatureReplayAndBody) {
  Load({TestTool("grep", "1.0", 5)});
  v1::TriggerReloadResponse response;
  const std::string body = R"({"tool_name": "grep"})";
  EXPECT_EQ(Send(body, WebhookSignature("another secret......", timestamp_, body), &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Send(body, "", &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  ASSERT_TRUE(Send(body, &response).ok());
  EXPECT_EQ(Send(body, &response).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Send(R"({"tool_name": 5})", &response).error_message(), "tool_name: must be a text, got 5");
  EXPECT_EQ(Send(std::string(kMaxWebhookBytes + 1, ' '), &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HooksTest, ACreatedHookIsStoredAndServedUntilItIsDeleted) {
  Load({TestTool("grep", "1.0", 5)});
  HookReceiver receiver([](const auto&) { return HttpAnswer(500); });
  v1::Hook created;
  const grpc::Status status = Create("ci", receiver.Url("/"), &created);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(created.name(), "ci");
  EXPECT_THAT(catalog_.StoredHooks(), ElementsAre("ci"));
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("no_tool", "", &response).ok());
  ASSERT_EQ(receiver.Await(1).size(), 1u);
  ASSERT_TRUE(Await([&] { return Hooks()[0].failed() == 1; }, kPatience));
  EXPECT_EQ(Hooks()[0].hook().name(), "ci");
  EXPECT_EQ(Hooks()[1].hook().name(), "fixed");
  EXPECT_TRUE(Hooks()[1].configured());

  Context context;
  v1::ListDeadLettersResponse letters;
  ASSERT_TRUE(stub_->ListDeadLetters(&context, {}, &letters).ok());
  ASSERT_EQ(letters.total(), 1);
  EXPECT_EQ(letters.dead_letters(0).error(), "HTTP status 500");

  ASSERT_TRUE(Delete("ci").ok());
  EXPECT_THAT(catalog_.StoredHooks(), IsEmpty());
  EXPECT_EQ(Hooks().size(), 1u);
  EXPECT_EQ(Delete("ci").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HooksTest, BadHooksAreRefused) {
  v1::Hook created;
  EXPECT_EQ(Create("", "http://127.0.0.1/", &created).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Create("ci", "here", &created).error_message(), HasSubstr("hook.url: must be an absolute"));
  EXPECT_EQ(Create("ci", "http://evil.example/", &created).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Create("Fixed", "http://127.0.0.1/", &created).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Delete("fixed").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Delete("no hook").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(Create("ci", "http://127.0.0.1/", &created).ok());
  EXPECT_EQ(Create("ci", "http://127.0.0.1/", &created).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  Context context;
  v1::ListDeadLettersRequest request;
  request.set_limit(0);
  v1::ListDeadLettersResponse letters;
  EXPECT_EQ(stub_->ListDeadLetters(&context, request, &letters).error_message(),
            "limit: must be from 1 to 1000, got 0");
}

TEST_F(HooksTest, WithoutTheCatalogNoHookIsCreated) {
  catalog_.Stop();
  v1::Hook created;
  EXPECT_EQ(Create("ci", "http://127.0.0.1/", &created).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Hooks().size(), 1u);
}

}  // namespace
}  // namespace toolcatalog
