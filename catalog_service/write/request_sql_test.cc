#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/status.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

class RequestSqlTest : public StoreFixture {
 protected:
  // Enables a tool by a request that may be repeated.
  absl::StatusOr<MutationResult> Enable(const std::string& name, const std::string& request_id) {
    Mutation mutation;
    mutation.action = SetEnabledMutation{name, "", true, {}};
    mutation.actor = "test";
    mutation.identity.id = request_id;
    mutation.identity.method = "EnableTool";
    mutation.identity.hash = std::string(32, 'h');
    return queue(0).Apply(std::move(mutation), absl::Now() + absl::Seconds(30), nullptr);
  }
};

// Repeated after somebody else's write, it would write.
TEST_F(RequestSqlTest, AWriteThatChangesNothingIsAnsweredOnlyOnceItIsRemembered) {
  ASSERT_THAT(Create("grep"), IsOk());
  Sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$; "
      "create trigger refuse before insert on requests for each row execute function refuse()");
  const absl::Status status = Enable("grep", "r-1").status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInternal));
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted);
  Sql("drop trigger refuse on requests");
  EXPECT_THAT(Enable("grep", "r-1"), IsOk());
  EXPECT_EQ(Sql("select count(*) from requests")[0][0], "1");
}

}  // namespace
}  // namespace toolcatalog
