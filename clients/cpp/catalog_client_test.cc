#include "clients/cpp/catalog_client.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

absl::StatusOr<v1::GetToolResponse> GetTool(CatalogClient& client, const std::string& name, absl::Duration patience) {
  std::promise<absl::StatusOr<v1::GetToolResponse>> answer;
  client.GetTool(name, absl::Now() + patience, [&answer](auto response) { answer.set_value(std::move(response)); });
  return answer.get_future().get();
}

TEST(CatalogClientTest, AnswersTheToolAndTheRevisionItWasReadAt) {
  FakeCatalog catalog;
  catalog.SetTool(TestTool("Grep", "1.0", 3), 7);
  CatalogClient client(CatalogChannel(catalog.address()));
  auto response = GetTool(client, "grep", absl::Seconds(10));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->tool().tool_name(), "Grep");
  EXPECT_EQ(response->as_of_revision(), 7);
}

TEST(CatalogClientTest, KeepsTheDetailsOfAnError) {
  FakeCatalog catalog;
  catalog.RemoveTool("grep", 9);
  CatalogClient client(CatalogChannel(catalog.address()));
  auto response = GetTool(client, "grep", absl::Seconds(10));
  EXPECT_TRUE(absl::IsNotFound(response.status()));
  EXPECT_EQ(ErrorMetadata(response.status(), "as_of_revision"), "9");
}

TEST(CatalogClientTest, StopsWaitingAtTheDeadline) {
  FakeCatalog catalog;
  catalog.HoldGetTool(true);
  CatalogClient client(CatalogChannel(catalog.address()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(GetTool(client, "grep", absl::Milliseconds(100)).status()));
}

TEST(CatalogClientTest, DestructionCancelsCallsInFlight) {
  FakeCatalog catalog;
  catalog.HoldGetTool(true);
  absl::Status status;
  {
    CatalogClient client(CatalogChannel(catalog.address()));
    client.GetTool("grep", absl::InfiniteFuture(), [&status](auto response) { status = response.status(); });
    ASSERT_TRUE(catalog.AwaitGetToolCalls(1));
  }
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

// The destructor waits for the callbacks.
TEST(CatalogClientTest, ACallbackThatThrowsEndsItsCall) {
  FakeCatalog catalog;
  catalog.SetTool(TestTool("Grep", "1.0", 3), 7);
  absl::Notification called;
  {
    CatalogClient client(CatalogChannel(catalog.address()));
    client.GetTool("grep", absl::InfiniteFuture(), [&called](const auto&) {
      called.Notify();
      throw std::runtime_error("unexpected");
    });
    ASSERT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(10)));
    EXPECT_TRUE(GetTool(client, "grep", absl::Seconds(10)).ok());
  }
}

}  // namespace
}  // namespace toolcatalog
