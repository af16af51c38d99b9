#include "catalog_service/postgres/session_check.h"

#include <gmock/gmock.h>

#include <string>

#include "catalog_service/testing/store_fixture.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using SessionCheckTest = StoreFixture;

// One connection twice stands for two that a pooler serves by one session.
TEST_F(SessionCheckTest, ConnectionsThatShareASessionAreRefused) {
  auto first = PgConnection::Connect(Options("test")), second = PgConnection::Connect(Options("test"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(CheckSessions(**first, **second), IsOk());
  const absl::Status shared = CheckSessions(**first, **first);
  EXPECT_THAT(shared, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(shared.message()), testing::HasSubstr("session mode"));
}

TEST_F(SessionCheckTest, ASessionThatAnotherProcessHasUsedIsRefused) {
  auto first = PgConnection::Connect(Options("test")), second = PgConnection::Connect(Options("test"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT((*second)->ExecuteScript("prepare second_session as select 1"), IsOk());
  EXPECT_THAT(CheckSessions(**first, **second), HasCode(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace toolcatalog
